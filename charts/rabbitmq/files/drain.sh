#!/bin/bash
# Before a node of three stops: waits until its quorum queues have their majority without it, then hands over the leaders and
# closes the clients' connections, who find another node at once. Both end by themselves: a node that can do neither stops all the same.
timeout 60 rabbitmq-upgrade await_online_quorum_plus_one -t 50
timeout 30 rabbitmq-upgrade drain
exit 0
