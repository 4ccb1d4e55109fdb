// An OpenAPI 3.1 document made plain: operations by tag, schemas without references, examples, curl lines. Pure.

const METHODS = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];
const MAX_DEPTH = 8; // of nested schemas in an example
const CONSTRAINTS = ["format", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "default"];
const OTHER = "Other";

/** What a `$ref` of this document points at, through chains of them; anything else as it is. */
export function resolve(document, node) {
  const seen = new Set();
  let found = node;
  while (found?.$ref && !seen.has(found.$ref)) {
    seen.add(found.$ref);
    const steps = found.$ref.replace(/^#\//, "").split("/");
    found = steps.reduce((node, step) => node?.[decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~")], document);
  }
  return found ?? {};
}

/**
 * The operations of several documents by tag, as if they were one; an operation's `source` is the document it is from,
 * since two documents may give one name to different schemas.
 * @returns {Array<{name, description, operations: Array}>}  tags in the documents' order, then those they don't list
 */
export function groupsOf(documents) {
  const groups = new Map();
  const groupOf = (name) => groups.get(name) ?? groups.set(name, { name, description: "", operations: [] }).get(name);
  for (const { name, description } of documents.flatMap(({ tags }) => tags ?? [])) {
    const group = groupOf(name);
    group.description = [group.description, description].filter(Boolean).join(" ");
  }
  for (const operation of documents.flatMap(operationsOf)) groupOf(operation.tags?.[0] ?? OTHER).operations.push(operation);
  return [...groups.values()].filter(({ operations }) => operations.length);
}

function operationsOf(document) {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({
      ...item[method],
      source: document,
      method: method.toUpperCase(),
      path,
      id: `${method}-${path}`.replace(/[^a-zA-Z0-9]+/g, "-").replace(/-$/, ""),
      parameters: parametersOf(document, item, item[method]),
      needsKey: needsKey(item[method].security ?? document.security ?? []),
    })),
  );
}

/** An operation's own parameters replace those of the same name and place that its path has. */
function parametersOf(document, item, operation) {
  const all = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((parameter) => resolve(document, parameter));
  return [...new Map(all.map((parameter) => [`${parameter.in} ${parameter.name}`, parameter])).values()];
}

function needsKey(security) {
  if (!security.length) return "no";
  return security.some((way) => !Object.keys(way).length) ? "optional" : "yes";
}

const alternativesOf = (schema) => schema.oneOf ?? schema.anyOf ?? [];
const isNull = (schema) => schema.type === "null";

/** The schema that says what a value is when it isn't null. */
export function essence(document, node) {
  const schema = resolve(document, node);
  const real = alternativesOf(schema).map((each) => resolve(document, each)).filter((each) => !isNull(each));
  if (real.length === 1) return { ...real[0], ...(schema.description ? { description: schema.description } : {}) };
  if (schema.allOf?.length === 1) return { ...essence(document, schema.allOf[0]), ...(schema.description ? { description: schema.description } : {}) };
  return schema;
}

/** A type in words: `array of integer`, `string or null`. */
export function typeName(document, node, depth = 0) {
  const schema = resolve(document, node);
  const alternatives = alternativesOf(schema);
  if (alternatives.length) return [...new Set(alternatives.map((each) => typeName(document, each, depth + 1)))].join(" or ");
  if (schema.allOf?.length) return typeName(document, schema.allOf[0], depth + 1);
  const types = [schema.type ?? (schema.properties ? "object" : schema.enum || "const" in schema ? "value" : "any")].flat();
  return types.map((type) => (type === "array" && schema.items && depth < MAX_DEPTH ? `array of ${typeName(document, schema.items, depth + 1)}` : type)).join(" or ");
}

/** What a value must satisfy, in short: `maxLength 64`, `one of desc, asc`. */
export function constraintsOf(document, node) {
  const schema = essence(document, node);
  const rules = CONSTRAINTS.filter((name) => schema[name] !== undefined).map((name) => `${name} ${show(schema[name])}`);
  if (schema.enum) rules.unshift(`one of ${schema.enum.map(show).join(", ")}`);
  if ("const" in schema) rules.unshift(`always ${show(schema.const)}`);
  return rules;
}

const show = (value) => (typeof value === "string" ? value : JSON.stringify(value));

/** The fields of an object, or of the objects in an array; null for anything else. */
export function fieldsOf(document, node, depth = 0) {
  const schema = essence(document, node);
  if (schema.items && depth < MAX_DEPTH) return fieldsOf(document, schema.items, depth + 1);
  if (!schema.properties) return null;
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties).map(([name, field]) => ({ name, field, required: required.has(name) }));
}

/** The example that a media type gives, else one made up from its schema. */
export function exampleOf(document, media) {
  const given = media.example ?? resolve(document, Object.values(media.examples ?? {})[0])?.value;
  return given ?? sample(document, media.schema ?? {}, 0);
}

const SAMPLES = { integer: 0, number: 0, boolean: true, null: null };
const FORMATS = { "date-time": "2026-11-24T09:30:00.123456Z", date: "2026-11-24", uuid: "3f2c1d9e-8a47-8b6e-9d01-5c7f3a2b4e60" };

function sample(document, node, depth) {
  const schema = essence(document, node);
  const given = schema.example ?? schema.examples?.[0] ?? schema.const ?? schema.default ?? schema.enum?.[0];
  if (given !== undefined) return given;
  if (depth > MAX_DEPTH) return null;
  const alternative = alternativesOf(schema).find((each) => !isNull(resolve(document, each)));
  if (alternative) return sample(document, alternative, depth + 1);
  if (schema.properties) {
    return Object.fromEntries(Object.entries(schema.properties).map(([name, field]) => [name, sample(document, field, depth + 1)]));
  }
  if (schema.items) return [sample(document, schema.items, depth + 1)];
  const type = [schema.type ?? "object"].flat().find((each) => each !== "null") ?? "null";
  if (type === "string") return FORMATS[schema.format] ?? "string";
  if (type === "object") return {};
  return type === "array" ? [] : SAMPLES[type];
}

/** Only the fields that must be there: the shortest body that is accepted. */
function requiredSample(document, media) {
  const whole = exampleOf(document, media);
  const fields = media.example || media.examples ? null : fieldsOf(document, media.schema ?? {});
  if (!fields || Array.isArray(whole)) return whole;
  const needed = fields.filter(({ required }) => required).map(({ name }) => name);
  return Object.fromEntries(Object.entries(whole).filter(([name]) => needed.includes(name)));
}

const quoted = (text) => `'${String(text).replaceAll("'", "'\\''")}'`;

function valueOf(document, parameter) {
  const schema = essence(document, parameter.schema ?? {});
  const given = parameter.example ?? resolve(document, Object.values(parameter.examples ?? {})[0])?.value;
  return given ?? schema.example ?? schema.examples?.[0] ?? schema.default ?? schema.enum?.[0] ?? parameter.name.toUpperCase();
}

/** A curl line that does the operation with what must be given. */
export function curlOf(document, operation, origin) {
  const path = operation.path.replace(/\{([^}]+)\}/g, (whole, name) => {
    const parameter = operation.parameters.find((each) => each.in === "path" && each.name === name.split(":")[0]);
    return parameter ? encodeURIComponent(valueOf(document, parameter)) : whole;
  });
  const needed = operation.parameters.filter(({ required }) => required);
  const query = needed.filter((parameter) => parameter.in === "query");
  const search = query.length ? `?${new URLSearchParams(query.map((parameter) => [parameter.name, valueOf(document, parameter)]))}` : "";
  const method = operation.method === "GET" ? "" : ` -X ${operation.method}`;
  const lines = [`curl -sS${method} ${quoted(origin + path + search)}`];
  if (operation.needsKey === "yes") lines.push('-H "Authorization: Bearer $HIGHSCORES_KEY"');
  for (const parameter of needed.filter((each) => each.in === "header")) lines.push(`-H ${quoted(`${parameter.name}: ${valueOf(document, parameter)}`)}`);
  const [type, media] = Object.entries(resolve(document, operation.requestBody).content ?? {})[0] ?? [];
  if (media) lines.push(`-H ${quoted(`Content-Type: ${type}`)}`, `-d ${quoted(JSON.stringify(requiredSample(document, media)))}`);
  return lines.join(" \\\n  ");
}

/** All words of an operation that a filter may look for, in lower case. */
export function wordsOf(operation, group) {
  const parts = [operation.method, operation.path, operation.summary, operation.description, operation.operationId, group.name];
  return [...parts, ...operation.parameters.map(({ name }) => name), ...Object.keys(operation.responses ?? {})].join(" ").toLowerCase();
}
