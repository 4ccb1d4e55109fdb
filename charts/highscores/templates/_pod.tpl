{{- /* What every pod of this chart has in common: it satisfies the Pod Security level `restricted`. */}}

{{- define "highscores.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "highscores.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "highscores.pullSecrets" -}}
{{- with .Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - {{ kindIs "map" . | ternary . (dict "name" .) | toJson }}
  {{- end }}
{{- end }}
{{- end }}

{{- /* (list . reaches): the labels by which the servers' network policies know their clients. */}}
{{- define "highscores.clientLabels" -}}
{{- $root := first . -}}
{{- $labels := list -}}
{{- range $server := last . -}}
  {{- with (include (printf "highscores.%s" $server) $root | fromYaml).client }}{{ $labels = append $labels . }}{{ end -}}
{{- end -}}
{{- range uniq $labels }}
{{ . }}: "true"
{{- end }}
{{- end }}

{{- /* (list . values): where pods may and should run. */}}
{{- define "highscores.placement" -}}
{{- $values := last . -}}
{{- with $values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{- /* (list . component): the pod of one of the four services, as a template for a Deployment. */}}
{{- define "highscores.pod" -}}
{{- $root := first . -}}
{{- $component := last . -}}
{{- $values := index $root.Values $component.values -}}
{{- $authorities := include "highscores.authorities" (list $root $component.reaches) | fromYamlArray -}}
metadata:
  labels:
    {{- include "highscores.labels" (list $root $component.name) | nindent 4 }}
    {{- include "highscores.clientLabels" (list $root $component.reaches) | nindent 4 }}
    {{- with $values.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  annotations:
    checksum/credentials: {{ include "highscores.credentialsChecksum" (list $root $component) }}
    {{- with $values.podAnnotations }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  serviceAccountName: {{ include "highscores.fullname" $root }}-{{ $component.name }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- include "highscores.pullSecrets" $root | nindent 2 }}
  securityContext: {{- include "highscores.podSecurity" $root | nindent 4 }}
  # From SIGTERM on, a web service answers for up to 14 s (the longest request it may hold) and the worker finishes its
  # batches for up to 20 s; 4 s later it is gone in any case. The pause before it is the time that an ingress takes to
  # hear that the pod is going.
  terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
  {{- include "highscores.placement" (list $root $values) | nindent 2 }}
  topologySpreadConstraints:
    {{- if $values.topologySpreadConstraints }}
    {{- toYaml $values.topologySpreadConstraints | nindent 4 }}
    {{- else }}
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - topologyKey: {{ . }}
      maxSkew: 1
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{- include "highscores.selectorLabels" (list $root $component.name) | nindent 10 }}
    {{- end }}
    {{- end }}
  containers:
    - name: {{ $component.name }}
      image: {{ include "highscores.image" (list $root $component) }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      securityContext: {{- include "highscores.containerSecurity" $root | nindent 8 }}
      env: {{- include "highscores.environment" (list $root $component) | nindent 8 }}
      ports:
        {{- if $component.http }}
        - {name: http, containerPort: 8000}
        {{- end }}
        - {name: health, containerPort: 9000}
      startupProbe:
        httpGet: {path: /livez, port: health}
        periodSeconds: 1
        failureThreshold: 60
      readinessProbe:
        httpGet: {path: /readyz, port: health}
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 2
      livenessProbe:
        httpGet: {path: /livez, port: health}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      {{- if $component.http }}
      lifecycle:
        preStop:
          exec: {command: [sleep, {{ $values.preStopSeconds | quote }}]}
      {{- end }}
      resources: {{- toYaml $values.resources | nindent 8 }}
      {{- if $authorities }}
      volumeMounts:
        {{- range $authorities }}
        - {name: {{ .name }}-ca, mountPath: /etc/highscores/ca/{{ .name }}, readOnly: true}
        {{- end }}
      {{- end }}
  {{- if $authorities }}
  volumes:
    {{- range $authorities }}
    - {name: {{ .name }}-ca, secret: {secretName: {{ .secret }}}}
    {{- end }}
  {{- end }}
{{- end }}
