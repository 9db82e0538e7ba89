"""Publishes an injury with the code of docs/producing.md and reads the predictions it causes.

The page's own code is the module `producing` here: the test writes it beside this file. It takes the
addresses from BROKER and REGISTRY. Prints one JSON object: the correlation id sent, and the versions
of that player which carry it, as Confluent's AvroDeserializer reads them.
"""

import json
import os
import sys
import time
from datetime import date

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from producing import PREFIX, instant, publish, registry

WAIT_SECONDS = 60
CHAMPION = "ensemble"
PREDICTIONS = PREFIX + "predictions"


def reader_at_the_end() -> Consumer:
    """A reader of what is appended to the predictions from now on."""
    consumer = Consumer(
        {
            "bootstrap.servers": os.environ["BROKER"],
            "group.id": "python-reader",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
        }
    )
    ends = []
    for partition in consumer.list_topics(PREDICTIONS, timeout=10).topics[PREDICTIONS].partitions:
        place = TopicPartition(PREDICTIONS, partition)
        place.offset = consumer.get_watermark_offsets(place, timeout=10)[1]
        ends.append(place)
    consumer.assign(ends)
    return consumer


def versions(consumer: Consumer, correlation: str, player: str, props: set[str]) -> list[dict]:
    """The champion's versions of the player with that cause, until there is one of each prop."""
    deserialize = AvroDeserializer(registry)
    context = SerializationContext(PREDICTIONS, MessageField.VALUE)
    found = []
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and {version["prop"] for version in found} != props:
        message = consumer.poll(1.0)
        if message is None or message.error():
            continue
        prediction = deserialize(message.value(), context)
        if prediction["player_lookup"] != player:
            continue
        if prediction["candidate"]["system_id"] != CHAMPION:
            continue
        if prediction["cause"]["correlation_id"] == correlation:
            found.append(
                {
                    "prop": prediction["candidate"]["prop"],
                    "version": prediction["version"],
                    "status": prediction["status"],
                    "predicted": prediction["candidate"]["predicted"],
                }
            )
    return found


def main(player: str, status: str, known_at: str, day: str, props: str) -> None:
    consumer = reader_at_the_end()
    correlation = f"python {player} {known_at}"
    publish(
        "injuries",
        fact=f"injury/{player}/{day}",
        partition_key=player,
        value={
            "player": player,
            "effective_date": date.fromisoformat(day),
            "status": status,
            "source": "python_producer",
            "known_at": instant(known_at),
            "ingested_at": instant(known_at),
            "correlation_id": correlation,
            "trigger_source": "kafka",
        },
    )
    found = versions(consumer, correlation, player, set(props.split(",")))
    consumer.close()
    print(json.dumps({"correlation_id": correlation, "versions": found}))


if __name__ == "__main__":
    main(*sys.argv[1:])
