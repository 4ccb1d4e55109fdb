#!/bin/bash
# Before each start of the node: writes the cookie, the users and the name of the node where the server looks for them.
set -euo pipefail
umask 077
etc=/etc/rabbitmq
home=/var/lib/rabbitmq
host=$(hostname -f) # by /etc/hosts: POD.SERVICE.NAMESPACE.svc.DOMAIN, whatever the domain of the cluster is

json_string() { # of a file of one line
  printf '"%s"' "$(sed -e 's/[\\"]/\\&/g' "$1")"
}

cp /config/rabbitmq.conf /config/enabled_plugins "$etc/"
printf 'USE_LONGNAME=true\nNODENAME=rabbit@%s\n' "$host" >"$etc/rabbitmq-env.conf"

# Written anew each time: a volume that was given to the group (fsGroup) has made it readable for others, which Erlang refuses.
rm -f "$home/.erlang.cookie"
tr -d '\n' </credentials/erlang-cookie >"$home/.erlang.cookie"
chmod 0400 "$home/.erlang.cookie"

rm -f "$etc/definitions.json"
cat >"$etc/definitions.json" <<DEFINITIONS
{
  "vhosts": [{"name": $VHOST}],
  "users": [
    {"name": "highscores", "password": $(json_string /credentials/password), "tags": []},
    {"name": "monitoring", "password": $(json_string /credentials/monitoring-password), "tags": ["monitoring"]}
  ],
  "permissions": [
    {"user": "highscores", "vhost": $VHOST, "configure": ".*", "write": ".*", "read": ".*"},
    {"user": "monitoring", "vhost": $VHOST, "configure": "^$", "write": "^$", "read": "^$"}
  ],
  "policies": [
    {"vhost": $VHOST, "name": "highscores-limits", "pattern": "^(scores|control)(-later)?\$", "apply-to": "queues", "priority": 0,
     "definition": {"max-length": 200000, "max-length-bytes": 4294967296, "delivery-limit": 100}}
  ]
}
DEFINITIONS
chmod 0400 "$etc/definitions.json"

if [ "$REPLICAS" = 1 ]; then exit 0; fi

# RabbitMQ 4.0 asks the Kubernetes API for its peers' names, and adds to them what follows the name of the pod.
if grep -q cluster_formation.k8s.address_type "$etc/rabbitmq.conf"; then
  printf 'cluster_formation.k8s.hostname_suffix = .%s\n' "${host#*.}" >>"$etc/rabbitmq.conf"
fi

# A cluster is formed once, by the first pod. Others that have no data yet wait until its Erlang runs: RabbitMQ 4.0 joins the node
# that has run the longest, so no two of them can found a cluster each. A node that has data needs nobody's leave to start.
seed=${HOSTNAME%-*}-0.${host#*.}
if [ "$host" != "$seed" ] && [ ! -d "$home/mnesia/rabbit@$host" ]; then
  echo "waiting for $seed to found the cluster"
  until timeout 2 bash -c "exec 3<>/dev/tcp/$seed/25672" 2>/dev/null; do sleep 1; done
fi
