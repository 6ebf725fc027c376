"""Event brokers: NATS JetStream, RabbitMQ and Kafka behind one small protocol, over FastStream."""
