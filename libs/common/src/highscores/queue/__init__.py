"""RabbitMQ: which queues there are, and how commands get into them so that they are safe."""
