{{- /*
Where the servers are: the subcharts' or external ones. Each "highscores.NAME" answers as YAML:
host, port, secret (its name), and what else its clients need; fullHost, where a name of this namespace would not be known elsewhere.
Use with fromYaml.
*/}}

{{- define "highscores.postgresql" -}}
{{- if .Values.postgresql.enabled -}}
{{- $chart := .Subcharts.postgresql -}}
host: {{ include "postgresql.fullname" $chart }}
fullHost: {{ include "postgresql.fullname" $chart }}.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}
port: 5432
database: highscores
users: {owner: highscores_owner, writer: highscores_writer, reader: highscores_reader}
secret: {{ include "postgresql.secretName" $chart }}
keys: {owner: owner-password, writer: writer-password, reader: reader-password}
client: {{ include "postgresql.fullname" $chart }}-client
{{- else -}}
{{- with .Values.externalPostgresql -}}
host: {{ required "postgresql.enabled is false: say where PostgreSQL is in externalPostgresql.host" .host | quote }}
fullHost: {{ regexMatch "[.:]" .host | ternary .host (printf "%s.%s.svc.%s" .host $.Release.Namespace $.Values.clusterDomain) | quote }}
port: {{ .port }}
database: {{ .database | quote }}
users: {{ toJson .users }}
secret: {{ required "postgresql.enabled is false: name the Secret with the passwords in externalPostgresql.existingSecret" .existingSecret }}
keys: {{ toJson .keys }}
tls: {{ toJson .tls }}
{{- end }}
{{- end }}
{{- end }}

{{- define "highscores.rabbitmq" -}}
{{- if .Values.rabbitmq.enabled -}}
{{- $chart := .Subcharts.rabbitmq -}}
{{- $host := include "rabbitmq.fullname" $chart -}}
host: {{ $host }}
port: 5672
vhost: {{ $chart.Values.vhost | quote }}
user: highscores
secret: {{ include "rabbitmq.secretName" $chart }}
key: password
management: http://{{ $host }}.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}:15672
monitoring: {userKey: monitoring-username, passwordKey: monitoring-password}
client: {{ $host }}-client
{{- else -}}
{{- with .Values.externalRabbitmq -}}
host: {{ required "rabbitmq.enabled is false: say where RabbitMQ is in externalRabbitmq.host" .host | quote }}
port: {{ .port }}
vhost: {{ .vhost | quote }}
user: {{ .user | quote }}
secret: {{ required "rabbitmq.enabled is false: name the Secret with the password in externalRabbitmq.existingSecret" .existingSecret }}
key: {{ .passwordKey }}
management: {{ .managementUrl | quote }}
monitoring: {{ toJson .monitoring }}
tls: {{ toJson .tls }}
{{- end }}
{{- end }}
{{- end }}

{{- define "highscores.redisJobs" -}}
{{- if .Values.redis.enabled -}}
{{- $chart := .Subcharts.redis -}}
host: {{ include "redis.jobsName" $chart }}
port: 6379
secret: {{ include "redis.secretName" $chart }}
key: jobs-password
client: {{ include "redis.jobsName" $chart }}-client
{{- else -}}
{{- with .Values.externalRedis.jobs -}}
host: {{ required "redis.enabled is false: say where the Redis of job states is in externalRedis.jobs.host" .host | quote }}
port: {{ .port }}
user: {{ .user | quote }}
secret: {{ .existingSecret | quote }}
key: {{ .passwordKey }}
tls: {{ toJson .tls }}
{{- end }}
{{- end }}
{{- end }}

{{- define "highscores.redisDocuments" -}}
{{- if .Values.redis.enabled -}}
{{- $chart := .Subcharts.redis -}}
host: {{ include "redis.documentsName" $chart }}
port: 6379
secret: {{ include "redis.secretName" $chart }}
key: {{ include "redis.documentsPasswordKey" $chart }}
client: {{ include "redis.documentsName" $chart }}-client
{{- else if .Values.externalRedis.documents.host -}}
{{- with .Values.externalRedis.documents -}}
host: {{ .host | quote }}
port: {{ .port }}
user: {{ .user | quote }}
cluster: {{ .cluster }}
secret: {{ .existingSecret | quote }}
key: {{ .passwordKey }}
tls: {{ toJson .tls }}
{{- end }}
{{- else -}}
{{- include "highscores.redisJobs" . }}
{{- end }}
{{- end }}
