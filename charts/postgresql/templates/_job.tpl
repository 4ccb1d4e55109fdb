{{/*
The spec of a Job that works on the claim for backups.
(dict "root" context "component" "backup" "script" "backup.sh" "retries" 2 "user" role "passwordKey" key "env" list)
*/}}
{{- define "postgresql.jobSpec" -}}
{{- $root := .root -}}
backoffLimit: {{ .retries }}
activeDeadlineSeconds: {{ $root.Values.backup.deadlineSeconds }}
template:
  metadata:
    labels:
      {{- include "postgresql.selectorLabels" (list $root .component) | nindent 6 }}
      app.kubernetes.io/part-of: highscores
      {{- include "postgresql.clientLabel" $root | nindent 6 }}
  spec:
    {{- include "postgresql.podBasics" $root | nindent 4 }}
    restartPolicy: Never
    containers:
      - name: {{ .component }}
        image: {{ include "postgresql.image" $root }}
        imagePullPolicy: {{ $root.Values.image.pullPolicy }}
        command: [sh, /etc/highscores-postgresql/{{ .script }}]
        env:
          - name: PGHOST
            value: {{ include "postgresql.fullname" $root }}
          - name: PGDATABASE
            value: highscores
          - name: PGCONNECT_TIMEOUT
            value: "10"
          - name: PGUSER
            value: {{ .user }}
          - name: PGPASSWORD
            valueFrom:
              secretKeyRef:
                name: {{ include "postgresql.secretName" $root | quote }}
                key: {{ .passwordKey }}
          - name: SCRIPTS
            value: /etc/highscores-postgresql
          - name: BACKUPS
            value: /backups
          {{- with .env }}
          {{- toYaml . | nindent 10 }}
          {{- end }}
        resources:
          {{- toYaml $root.Values.backup.resources | nindent 10 }}
        securityContext:
          {{- include "postgresql.containerSecurity" $root | nindent 10 }}
        volumeMounts:
          - name: scripts
            mountPath: /etc/highscores-postgresql
            readOnly: true
          - name: backups
            mountPath: /backups
    volumes:
      - name: scripts
        configMap:
          name: {{ include "postgresql.jobName" (list $root "backup") }}
      - name: backups
        persistentVolumeClaim:
          claimName: {{ include "postgresql.backupClaim" $root | quote }}
{{- end }}
