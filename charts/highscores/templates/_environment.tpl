{{- /*
The settings of a pod, as environment variables. They stand in the pod itself, not in a ConfigMap: what changes there
replaces the pods, and the migration hook, which runs before an upgrade, gets the new ones too.
*/}}

{{- define "highscores.secretVariable" -}}
- name: {{ .name }}
  valueFrom: {secretKeyRef: {name: {{ .secret }}, key: {{ .key }}}}
{{- end }}

{{- define "highscores.tlsVariables" -}}
{{- with .server.tls }}{{ if ne .mode "disable" }}
- {name: HIGHSCORES_{{ $.variable }}_TLS, value: {{ .mode }}}
{{- if .caSecret }}
- {name: HIGHSCORES_{{ $.variable }}_CA_FILE, value: /etc/highscores/ca/{{ $.name }}/{{ .caKey }}}
{{- end }}
{{- end }}{{ end }}
{{- end }}

{{- /* (list . "writer"): how to reach PostgreSQL in that role. */}}
{{- define "highscores.postgresqlVariables" -}}
{{- $role := last . -}}
{{- with include "highscores.postgresql" (first .) | fromYaml -}}
- {name: HIGHSCORES_POSTGRES_HOST, value: {{ quote .host }}}
- {name: HIGHSCORES_POSTGRES_PORT, value: {{ quote .port }}}
- {name: HIGHSCORES_POSTGRES_DATABASE, value: {{ quote .database }}}
- {name: HIGHSCORES_POSTGRES_USER, value: {{ index .users $role | quote }}}
{{ include "highscores.secretVariable" (dict "name" "HIGHSCORES_POSTGRES_PASSWORD" "secret" .secret "key" (index .keys $role)) }}
{{- include "highscores.tlsVariables" (dict "server" . "variable" "POSTGRES" "name" "postgresql") }}
{{- end }}
{{- end }}

{{- define "highscores.rabbitmqVariables" -}}
{{- with include "highscores.rabbitmq" . | fromYaml -}}
- {name: HIGHSCORES_RABBITMQ_HOST, value: {{ quote .host }}}
- {name: HIGHSCORES_RABBITMQ_PORT, value: {{ quote .port }}}
- {name: HIGHSCORES_RABBITMQ_VHOST, value: {{ quote .vhost }}}
- {name: HIGHSCORES_RABBITMQ_USER, value: {{ quote .user }}}
{{ include "highscores.secretVariable" (dict "name" "HIGHSCORES_RABBITMQ_PASSWORD" "secret" .secret "key" .key) }}
{{- include "highscores.tlsVariables" (dict "server" . "variable" "RABBITMQ" "name" "rabbitmq") }}
{{- end }}
{{- end }}

{{- /* (dict "server" ... "variable" "JOBS_REDIS" "name" "redis-jobs") */}}
{{- define "highscores.redisVariables" -}}
{{- $variable := .variable -}}
- {name: HIGHSCORES_{{ .variable }}_HOST, value: {{ quote .server.host }}}
- {name: HIGHSCORES_{{ .variable }}_PORT, value: {{ quote .server.port }}}
{{- with .server.user }}
- {name: HIGHSCORES_{{ $variable }}_USER, value: {{ quote . }}}
{{- end }}
{{- if .server.cluster }}
- {name: HIGHSCORES_{{ .variable }}_CLUSTER, value: "true"}
{{- end }}
{{- if .server.secret }}
{{ include "highscores.secretVariable" (dict "name" (printf "HIGHSCORES_%s_PASSWORD" .variable) "secret" .server.secret "key" .server.key) }}
{{- end }}
{{- include "highscores.tlsVariables" . }}
{{- end }}

{{- /* (list . component): everything a service needs, and no more. */}}
{{- define "highscores.environment" -}}
{{- $root := first . -}}
{{- $component := last . -}}
- {name: HIGHSCORES_LOG_LEVEL, value: {{ $root.Values.logLevel }}}
{{ include "highscores.postgresqlVariables" (list $root $component.role) }}
{{- if has "rabbitmq" $component.reaches }}
{{ include "highscores.rabbitmqVariables" $root }}
{{- end }}
{{ include "highscores.redisVariables" (dict "server" (include "highscores.redisJobs" $root | fromYaml) "variable" "JOBS_REDIS" "name" "redis-jobs") }}
{{- if has "redisDocuments" $component.reaches }}
{{ include "highscores.redisVariables" (dict "server" (include "highscores.redisDocuments" $root | fromYaml) "variable" "DOCUMENTS_REDIS" "name" "redis-documents") }}
{{- end }}
{{- if $component.http }}
{{ include "highscores.secretVariable" (dict "name" "HIGHSCORES_JOB_SECRET" "secret" (include "highscores.secretName" $root) "key" "job-secret") }}
{{- with $root.Values.corsOrigins }}
- {name: HIGHSCORES_CORS_ORIGINS, value: {{ join "," . | quote }}}
{{- end }}
{{- end }}
{{- if eq $component.name "post-score" }}
{{- with $root.Values.limits }}
- {name: HIGHSCORES_LIMIT_KEY_RATE, value: {{ .keyRate | int64 | quote }}}
- {name: HIGHSCORES_LIMIT_KEY_BURST, value: {{ .keyBurst | int64 | quote }}}
- {name: HIGHSCORES_LIMIT_ANONYMOUS_RATE, value: {{ .anonymousRate | quote }}}
- {name: HIGHSCORES_LIMIT_ANONYMOUS_BURST, value: {{ .anonymousBurst | int64 | quote }}}
{{- end }}
- {name: HIGHSCORES_IDEMPOTENCY_REMEMBER_SECONDS, value: {{ $root.Values.idempotency.rememberSeconds | int64 | quote }}}
{{- end }}
{{- with $root.Values.tracing }}{{ if .enabled }}
- {name: HIGHSCORES_TRACING_ENABLED, value: "true"}
- {name: OTEL_SERVICE_NAME, value: {{ $component.program }}}
- {name: OTEL_RESOURCE_ATTRIBUTES, value: "service.namespace={{ include "highscores.fullname" $root }},k8s.namespace.name={{ $root.Release.Namespace }}"}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ required "tracing.enabled is true: say where the collector is in tracing.endpoint, like http://collector.observability:4318" .endpoint | quote }}}
- {name: OTEL_TRACES_SAMPLER, value: traceidratio} # not parentbased: then any client could have all its requests traced
- {name: OTEL_TRACES_SAMPLER_ARG, value: {{ .sampleRatio | quote }}}
{{- end }}{{ end }}
{{- with $root.Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- with (index $root.Values $component.values).extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* (list . reaches): the certificates of the authorities that vouch for external servers, as volumes. */}}
{{- define "highscores.authorities" -}}
{{- $root := first . -}}
{{- $servers := dict "postgresql" "postgresql" "rabbitmq" "rabbitmq" "redisJobs" "redis-jobs" "redisDocuments" "redis-documents" -}}
{{- range $server := last . -}}
{{- with (include (printf "highscores.%s" $server) $root | fromYaml).tls }}{{ if and (ne .mode "disable") .caSecret }}
- {name: {{ index $servers $server }}, secret: {{ .caSecret }}}
{{- end }}{{ end }}
{{- end }}
{{- end }}

{{- /* (list . component): changes with every secret that the pod reads. */}}
{{- define "highscores.credentialsChecksum" -}}
{{- $root := first . -}}
{{- $component := last . -}}
{{- $seen := list -}}
{{- if $component.http }}{{ $seen = append $seen (include "highscores.secretChecksum" $root) }}{{ end -}}
{{- range $server := $component.reaches -}}
  {{- $chart := hasPrefix "redis" $server | ternary "redis" $server -}}
  {{- if (index $root.Values $chart).enabled -}}
    {{- $seen = append $seen (include (printf "%s.credentialsChecksum" $chart) (index $root.Subcharts $chart)) -}}
  {{- else -}}
    {{- $secret := (include (printf "highscores.%s" $server) $root | fromYaml).secret | default "none" -}}
    {{- $seen = append $seen ((lookup "v1" "Secret" $root.Release.Namespace $secret).data | default $secret | toJson | sha256sum) -}}
  {{- end -}}
{{- end -}}
{{- $seen | uniq | join "" | sha256sum -}}
{{- end }}
