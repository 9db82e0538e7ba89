"""Produces an injury event with Confluent's AvroSerializer and reads predictions back.

Prints one JSON object: the correlation id sent, and the predictions of that player that carry it.
"""

import json
import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

WAIT_SECONDS = 60


def murmur2(data: bytes) -> int:
    """Murmur2 as Kafka's Java client computes it; the partition is this modulo their number."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = (0x9747B28C ^ len(data)) & mask
    whole = len(data) - len(data) % 4
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    rest = data[whole:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return (h ^ h >> 15) & 0x7FFFFFFF


def partitions(consumer: Consumer, topic: str) -> int:
    return len(consumer.list_topics(topic, timeout=10).topics[topic].partitions)


def main(kafka: str, registry: str, player: str, status: str, known_at: int) -> None:
    client = SchemaRegistryClient({"url": registry})
    injuries, predictions = "nba-injuries", "nba-predictions"
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": "python-reader",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
        }
    )
    ends = []
    for partition in range(partitions(consumer, predictions)):
        place = TopicPartition(predictions, partition)
        place.offset = consumer.get_watermark_offsets(place, timeout=10)[1]
        ends.append(place)
    consumer.assign(ends)

    schema = client.get_latest_version(f"{injuries}-value").schema
    serialize = AvroSerializer(client, schema, conf={"auto.register.schemas": False})
    day = known_at // 86_400_000_000
    correlation = f"python-{known_at}"
    event = {
        "player": player,
        "team": None,
        "game_id": None,
        "effective_date": day,
        "status": status,
        "reason": None,
        "designation": None,
        "source": "python_producer",
        "known_at": known_at,
        "ingested_at": known_at,
        "correlation_id": correlation,
        "kind": "assert",
        "trigger_source": "kafka",
        "trigger_user": None,
        "is_simulated": True,
    }
    date = time.strftime("%Y-%m-%d", time.gmtime(known_at / 1e6))
    producer = Producer({"bootstrap.servers": kafka, "enable.idempotence": True})
    producer.produce(
        injuries,
        key=f"injury/{player}/{date}|python_producer|{known_at}",
        value=serialize(event, SerializationContext(injuries, MessageField.VALUE)),
        partition=murmur2(player.encode()) % partitions(consumer, injuries),
        timestamp=known_at // 1000,
    )
    if producer.flush(30) != 0:
        sys.exit("the broker did not take the event within 30 s")

    deserialize = AvroDeserializer(client)
    found = []
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and not found:
        message = consumer.poll(1.0)
        if message is None or message.error():
            continue
        prediction = deserialize(message.value(), SerializationContext(predictions, MessageField.VALUE))
        if prediction["cause"]["correlation_id"] == correlation and prediction["player_lookup"] == player:
            found.append(
                {
                    "prop": prediction["candidate"]["prop"],
                    "version": prediction["version"],
                    "status": prediction["status"],
                }
            )
    consumer.close()
    print(json.dumps({"correlation_id": correlation, "predictions": found}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
