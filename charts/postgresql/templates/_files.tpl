{{/* What the server's pod reads at its start. Its checksum is on the pod, so that a change of any of it restarts the server, once. */}}
{{- define "postgresql.configFiles" -}}
postgresql.conf: |
  {{- include "postgresql.configurationFile" . | trim | nindent 2 }}
pg_hba.conf: |
  # Inside the pod only the superuser, who must be the system's user of that name; from outside whoever knows a password.
  # type  database  user      address  method
  local   all       postgres           peer
  host    all       all       all      scram-sha-256
{{- range $file := list "prepare.sh" "serve.sh" "ready.sh" "alive.sh" "roles.sql" }}
{{ $file }}: |
  {{- $.Files.Get (printf "files/%s" $file) | trim | nindent 2 }}
{{- end }}
{{- end }}
