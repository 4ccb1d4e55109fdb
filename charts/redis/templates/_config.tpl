{{/* All that one role is configured with and that is no secret; its checksum restarts the pod. */}}
{{- define "redis.config" -}}
{{- $values := get .root.Values .role -}}
{{- $memory := include "redis.bytes" $values.memory | int64 -}}
redis.conf: |
  dir /data
  # What is deleted, expired or evicted may be a document of a million players: its memory is freed beside the commands.
  lazyfree-lazy-eviction yes
  lazyfree-lazy-expire yes
  lazyfree-lazy-server-del yes
  lazyfree-lazy-user-del yes
  lazyfree-lazy-user-flush yes
  # No snapshots: job states are in the append-only file, documents in PostgreSQL.
  save ""
  {{- if eq .role "jobs" }}
  appendonly yes
  appendfsync everysec
  maxmemory {{ div (mul $memory 60) 100 }}
  maxmemory-policy noeviction
  {{- else }}
  appendonly no
  maxmemory {{ div (mul $memory 75) 100 }}
  maxmemory-policy allkeys-lru
  {{- end }}
  {{- with $values.extraConfig }}
  {{- . | trim | nindent 2 }}
  {{- end }}
{{- range $file := list "prepare.sh" "ready.sh" "alive.sh" }}
{{ $file }}: |
  {{- $.root.Files.Get (printf "files/%s" $file) | nindent 2 }}
{{- end }}
{{- end -}}
