{{/* A quantity such as 512Mi, 1Gi or 2Ti in mebibytes. */}}
{{- define "postgresql.mebibytes" -}}
{{- $number := regexFind "^[0-9]+" . | int64 -}}
{{- if hasSuffix "Ti" . -}}{{ mul $number 1048576 }}
{{- else if hasSuffix "Gi" . -}}{{ mul $number 1024 }}
{{- else -}}{{ $number }}
{{- end -}}
{{- end }}

{{/* The settings as YAML: computed from memory and claim, then the user's. */}}
{{- define "postgresql.configuration" -}}
{{- $memory := include "postgresql.mebibytes" .Values.memory | int64 -}}
{{- $claim := include "postgresql.mebibytes" .Values.persistence.size | int64 -}}
{{- $connections := .Values.maxConnections | int64 -}}
{{- if lt $memory 256 }}
{{- fail (printf "postgresql: memory is %s, but a server for %d connections needs at least 256Mi." .Values.memory $connections) }}
{{- end }}
{{- range $name := list "fsync" "full_page_writes" "synchronous_commit" }}
{{- if hasKey $.Values.configuration $name }}
{{- fail (printf "postgresql: configuration.%s can't be set. A score that was accepted must outlive a crash." $name) }}
{{- end }}
{{- end }}
{{- range $name := list "listen_addresses" "port" "unix_socket_directories" "data_directory" "config_file" "hba_file" "ident_file" "external_pid_file" "max_connections" }}
{{- if hasKey $.Values.configuration $name }}
{{- fail (printf "postgresql: configuration.%s can't be set, the chart depends on it%s." $name (eq $name "max_connections" | ternary " (there is maxConnections)" "")) }}
{{- end }}
{{- end -}}
{{- $settings := dict
  "listen_addresses" "*"
  "port" 5432
  "unix_socket_directories" "/var/run/postgresql"
  "hba_file" "/etc/highscores-postgresql/pg_hba.conf"
  "password_encryption" "scram-sha-256"
  "max_connections" $connections
  "shared_buffers" (printf "%dMB" (div $memory 4))
  "effective_cache_size" (printf "%dMB" (div (mul $memory 3) 4))
  "work_mem" (printf "%dMB" (div $memory $connections | max 4 | min 64))
  "maintenance_work_mem" (printf "%dMB" (div $memory 16 | max 16 | min 1024))
  "huge_pages" "off"
  "random_page_cost" 1.1
  "jit" "off"
  "fsync" "on"
  "synchronous_commit" "on"
  "full_page_writes" "on"
  "wal_compression" "on"
  "min_wal_size" "128MB"
  "max_wal_size" (printf "%dMB" (min (mul $memory 2) (div $claim 4) | max 256))
  "checkpoint_timeout" "15min"
  "idle_in_transaction_session_timeout" "60s"
  "tcp_keepalives_idle" "60s"
  "client_connection_check_interval" "10s"
  "log_timezone" "UTC"
  "timezone" "UTC"
  "log_line_prefix" "%m [%p] %e %q%u "
  "log_min_duration_statement" "1s"
  "log_lock_waits" "on"
  "log_parameter_max_length" 0
  "log_parameter_max_length_on_error" 0
  "log_error_verbosity" "terse"
  "log_min_error_statement" "panic"
-}}
{{- toYaml (merge (deepCopy .Values.configuration) $settings) -}}
{{- end }}

{{/* postgresql.conf. Whole numbers from a values file arrive as floats and must not become 1e+06. */}}
{{- define "postgresql.configurationFile" -}}
{{- range $name, $value := include "postgresql.configuration" . | fromYaml }}
{{- $text := toString $value }}
{{- if and (kindIs "float64" $value) (eq (floor $value) $value) }}{{ $text = $value | int64 | toString }}{{ end }}
{{ $name }} = '{{ $text | replace "'" "''" }}'
{{- end }}
{{- end }}
