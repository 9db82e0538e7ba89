import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.CompressionType;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;

/**
 * The peer: counts and sums per key, exactly once, with one thread per application. Arguments are
 * name=value: brokers, app, topics (input,…,output: each neighbouring pair is one application),
 * store (rocksdb or memory), commit_ms, state.
 */
public final class Peer {
    /** Holds a slate of the state in memory, so that the changelog gets each key once per commit. */
    static final long CACHE_BYTES = 256L * 1024 * 1024;

    public static void main(String[] arguments) throws Exception {
        Properties given = new Properties();
        for (String argument : arguments) {
            int at = argument.indexOf('=');
            given.setProperty(argument.substring(0, at), argument.substring(at + 1));
        }
        String[] topics = given.getProperty("topics").split(",");
        List<KafkaStreams> applications = new ArrayList<>();
        CountDownLatch ready = new CountDownLatch(topics.length - 1);
        for (int hop = 0; hop + 1 < topics.length; hop++) {
            KafkaStreams application =
                new KafkaStreams(
                    topology(topics[hop], topics[hop + 1], given.getProperty("store")),
                    settings(given, hop));
            application.setGlobalStateRestoreListener(new Restoring());
            application.setStateListener(
                (now, before) -> {
                    if (now == KafkaStreams.State.RUNNING) {
                        ready.countDown();
                    }
                });
            applications.add(application);
        }
        Runtime.getRuntime()
            .addShutdownHook(new Thread(() -> applications.forEach(KafkaStreams::close)));
        applications.forEach(KafkaStreams::start);
        ready.await();
        System.out.println("ready");
        Thread.currentThread().join();
    }

    static Topology topology(String input, String output, String store) {
        KeyValueBytesStoreSupplier supplier =
            store.equals("memory")
                ? Stores.inMemoryKeyValueStore("counts")
                : Stores.persistentKeyValueStore("counts");
        StoreBuilder<KeyValueStore<Bytes, byte[]>> counts =
            Stores.keyValueStoreBuilder(supplier, Serdes.Bytes(), Serdes.ByteArray())
                .withCachingEnabled()
                .withLoggingEnabled(Map.of());
        Topology topology = new Topology();
        topology.addSource(
            "in", Serdes.Bytes().deserializer(), Serdes.ByteArray().deserializer(), input);
        topology.addProcessor("count", Counter::new, "in");
        topology.addStateStore(counts, "count");
        topology.addSink(
            "out", output, Serdes.Bytes().serializer(), Serdes.ByteArray().serializer(), "count");
        return topology;
    }

    static Properties settings(Properties given, int hop) {
        Properties set = new Properties();
        String application = given.getProperty("app") + "-" + hop;
        set.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
        set.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, given.getProperty("brokers"));
        set.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        set.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        set.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, given.getProperty("commit_ms"));
        set.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
        set.put(StreamsConfig.STATE_DIR_CONFIG, Path.of(given.getProperty("state")).toString());
        set.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, Rocks.class);
        set.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        set.put(StreamsConfig.producerPrefix("transaction.timeout.ms"), 10_000);
        // A transaction gathers the batches; waiting for more only delays its end. 0, 5 and 20 ms
        // made no difference to the throughput of this task.
        set.put(StreamsConfig.producerPrefix("linger.ms"), 0);
        set.put(StreamsConfig.producerPrefix("batch.size"), 256 * 1024);
        set.put(StreamsConfig.producerPrefix("buffer.memory"), 128L * 1024 * 1024);
        set.put(StreamsConfig.producerPrefix("compression.type"), "lz4");
        set.put(StreamsConfig.consumerPrefix("group.instance.id"), application);
        set.put(StreamsConfig.consumerPrefix("session.timeout.ms"), 8_000);
        set.put(StreamsConfig.consumerPrefix("heartbeat.interval.ms"), 2_000);
        set.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        set.put(StreamsConfig.consumerPrefix("max.poll.records"), 5_000);
        set.put(StreamsConfig.consumerPrefix("fetch.max.wait.ms"), 50);
        set.put(StreamsConfig.consumerPrefix("max.partition.fetch.bytes"), 4 * 1024 * 1024);
        return set;
    }

    /** Count and sum of the values' bytes per key, 16 bytes each. */
    static final class Counter implements Processor<Bytes, byte[], Bytes, byte[]> {
        private ProcessorContext<Bytes, byte[]> context;
        private KeyValueStore<Bytes, byte[]> counts;

        @Override
        public void init(ProcessorContext<Bytes, byte[]> context) {
            this.context = context;
            this.counts = context.getStateStore("counts");
        }

        @Override
        public void process(Record<Bytes, byte[]> record) {
            byte[] stored = counts.get(record.key());
            long count = 1;
            long sum = record.value().length;
            if (stored != null) {
                ByteBuffer before = ByteBuffer.wrap(stored);
                count += before.getLong();
                sum += before.getLong();
            }
            byte[] total = ByteBuffer.allocate(16).putLong(count).putLong(sum).array();
            counts.put(record.key(), total);
            // Hops carry the moment of sending in the first bytes; the rest is the state.
            byte[] value = record.value().length == 8 ? record.value() : total;
            context.forward(record.withValue(value));
        }
    }

    /** Memory enough that nothing of this task is read from disk, and no time for compression. */
    public static final class Rocks implements RocksDBConfigSetter {
        private static final LRUCache CACHE = new LRUCache(512L * 1024 * 1024);

        @Override
        public void setConfig(String store, Options options, Map<String, Object> configs) {
            BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
            table.setBlockCache(CACHE);
            table.setCacheIndexAndFilterBlocks(true);
            options.setTableFormatConfig(table);
            options.setWriteBufferSize(64L * 1024 * 1024);
            options.setMaxWriteBufferNumber(3);
            options.setCompressionType(CompressionType.NO_COMPRESSION);
        }

        @Override
        public void close(String store, Options options) {}
    }

    /** Tells from when to when stores were restored. */
    static final class Restoring implements StateRestoreListener {
        @Override
        public void onRestoreStart(TopicPartition partition, String store, long from, long to) {
            System.out.println("restoring " + System.currentTimeMillis());
        }

        @Override
        public void onBatchRestored(TopicPartition partition, String store, long end, long count) {}

        @Override
        public void onRestoreEnd(TopicPartition partition, String store, long count) {
            System.out.println("restored " + System.currentTimeMillis() + " " + count);
        }
    }
}
