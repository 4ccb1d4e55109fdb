"""From the queue to the transaction and back: deliveries gathered, applied, acknowledged, put off or dead-lettered."""
