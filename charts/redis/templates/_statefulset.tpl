{{- define "redis.statefulset" -}}
{{- $root := .root -}}
{{- $values := get .root.Values .role -}}
{{- $kept := and (eq .role "jobs") .root.Values.jobs.persistence.enabled -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ include "redis.roleName" . }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "redis.labels" . | nindent 4 }}
spec:
  serviceName: {{ include "redis.roleName" . }}
  replicas: 1
  selector:
    matchLabels:
      {{- include "redis.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "redis.podLabels" . | nindent 8 }}
        {{- with $root.Values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      annotations:
        checksum/config: {{ include "redis.config" . | sha256sum }}
        checksum/credentials: {{ include "redis.credentialsChecksum" $root }}
        {{- with $root.Values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "redis.fullname" $root }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- with ($root.Values.global).imagePullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - {{ kindIs "map" . | ternary . (dict "name" .) | toJson }}
        {{- end }}
      {{- end }}
      terminationGracePeriodSeconds: {{ int $root.Values.terminationGracePeriodSeconds }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 999
        runAsGroup: 999
        fsGroup: 999
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile: {type: RuntimeDefault}
      initContainers:
        - name: prepare
          image: {{ include "redis.image" $root }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          command: [sh, /config/prepare.sh]
          env:
            - {name: PASSWORD_KEY, value: {{ .role }}-password}
          securityContext: &unprivileged
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
          resources:
            {{- toYaml $root.Values.initResources | nindent 12 }}
          volumeMounts:
            - {name: config, mountPath: /config, readOnly: true}
            - {name: credentials, mountPath: /credentials, readOnly: true}
            - {name: etc, mountPath: /etc/redis}
      containers:
        - name: redis
          image: {{ include "redis.image" $root }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          command: [redis-server, /etc/redis/redis.conf]
          env:
            # For the probes, and for `kubectl exec POD -- redis-cli`.
            - name: REDISCLI_AUTH
              valueFrom: {secretKeyRef: {name: {{ include "redis.secretName" $root }}, key: {{ .role }}-password}}
            {{- with $root.Values.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          ports:
            - {name: redis, containerPort: 6379}
          startupProbe:
            exec: {command: [sh, /config/alive.sh]}
            periodSeconds: 1
            timeoutSeconds: 3
            failureThreshold: 300
          readinessProbe:
            exec: {command: [sh, /config/ready.sh]}
            periodSeconds: 3
            timeoutSeconds: 2
            failureThreshold: 3
          livenessProbe:
            exec: {command: [sh, /config/alive.sh]}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          securityContext: *unprivileged
          resources:
            requests:
              {{- merge (dict "memory" $values.memory) $values.resources.requests | toYaml | nindent 14 }}
            limits:
              {{- merge (dict "memory" $values.memory) $values.resources.limits | toYaml | nindent 14 }}
          volumeMounts:
            - {name: config, mountPath: /config, readOnly: true}
            - {name: etc, mountPath: /etc/redis, readOnly: true}
            - {name: data, mountPath: /data}
      volumes:
        - name: config
          configMap: {name: {{ include "redis.roleName" . }}}
        - name: credentials
          secret: {secretName: {{ include "redis.secretName" $root }}, defaultMode: 0440}
        - name: etc
          emptyDir: {medium: Memory, sizeLimit: 1Mi}
        {{- if not $kept }}
        - name: data
          emptyDir: {}
        {{- end }}
      {{- with $root.Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $root.Values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $root.Values.affinity }}
      affinity:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $root.Values.topologySpreadConstraints }}
      topologySpreadConstraints:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $root.Values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
  {{- if $kept }}
  # The claim stays when the release goes.
  persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain, whenScaled: Retain}
  volumeClaimTemplates:
    - apiVersion: v1
      kind: PersistentVolumeClaim
      metadata:
        name: data
        labels:
          {{- include "redis.selectorLabels" . | nindent 10 }}
        {{- with $values.persistence.annotations }}
        annotations:
          {{- toYaml . | nindent 10 }}
        {{- end }}
      spec:
        accessModes: [ReadWriteOnce]
        {{- with $values.persistence.storageClass | default ($root.Values.global).storageClass }}
        storageClassName: {{ . | quote }}
        {{- end }}
        resources: {requests: {storage: {{ $values.persistence.size }}}}
  {{- end }}
{{- end -}}
