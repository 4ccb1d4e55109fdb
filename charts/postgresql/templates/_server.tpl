{{- define "postgresql.serverEnv" -}}
- name: PGDATA
  value: /var/lib/postgresql/data/pgdata
- name: CONFIG
  value: /etc/highscores-postgresql
{{- end }}

{{- define "postgresql.serverMounts" -}}
- name: config
  mountPath: /etc/highscores-postgresql
  readOnly: true
- name: data
  mountPath: /var/lib/postgresql/data
- name: socket
  mountPath: /var/run/postgresql
{{- end }}

{{- define "postgresql.serverResources" -}}
requests:
  cpu: {{ .Values.cpu.request | quote }}
  memory: {{ .Values.memory }}
limits:
  cpu: {{ .Values.cpu.limit | quote }}
  memory: {{ .Values.memory }}
{{- end }}
