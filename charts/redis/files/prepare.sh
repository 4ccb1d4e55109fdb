#!/bin/sh
# Before each start of Redis: the configuration with the password, in a file that only Redis reads. On a command line everybody in
# the pod would see it, in a ConfigMap everybody who may read that.
set -eu
umask 377
config=/etc/redis/redis.conf
rm -f $config
{
  cat /config/redis.conf
  printf 'requirepass "%s"\n' "$(sed -e 's/[\\"]/\\&/g' "/credentials/$PASSWORD_KEY")"
} >$config
