// How the API reference looks: one article per operation.
import { el } from "./dom.js";
import { constraintsOf, curlOf, exampleOf, fieldsOf, resolve, typeName } from "./openapi.js";

const MAX_DEPTH = 4; // of fields within fields

/** Text with its `code` and **strong** marks, paragraphs and lists: the little of Markdown that descriptions use. */
export function prose(text) {
  return (text ?? "")
    .trim()
    .split(/\n\s*\n/)
    .filter(Boolean)
    .map((block) => {
      const lines = block.split("\n");
      if (!lines.every((line) => /^\s*[-*] /.test(line))) return el("p", {}, ...inline(lines.join(" ")));
      return el("ul", { class: "bullets" }, ...lines.map((line) => el("li", {}, ...inline(line.replace(/^\s*[-*] /, "")))));
    });
}

function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.startsWith("`") && part.length > 2) return el("code", {}, part.slice(1, -1));
    if (part.startsWith("**") && part.length > 4) return el("strong", {}, part.slice(2, -2));
    return part;
  });
}

const method = (name) => el("span", { class: "method", data: { method: name } }, name);
const heading = (text) => el("h4", { class: "label" }, text);

/** A path that breaks before its slashes. */
const path = (text) => el("code", { class: "path" }, ...text.split(/(?=\/)/).flatMap((part) => [el("wbr"), part]));

export function indexOf(groups) {
  return groups.map((group) =>
    el(
      "section",
      { data: { group: group.name } },
      el("h2", { class: "label" }, group.name),
      el(
        "ul",
        {},
        ...group.operations.map((operation) =>
          el("li", { data: { operation: operation.id } }, el("a", { href: `#${operation.id}` }, method(operation.method), el("span", {}, operation.summary ?? operation.path))),
        ),
      ),
    ),
  );
}

export function groupSection(group) {
  return el(
    "section",
    { class: "group", data: { group: group.name }, "aria-label": group.name },
    el("h2", {}, group.name),
    ...prose(group.description),
    ...group.operations.map((operation) => operationArticle(operation.source, operation)),
  );
}

const KEY_NOTES = { yes: "API key needed", optional: "API key optional", no: "No key needed" };

function operationArticle(document, operation) {
  const body = resolve(document, operation.requestBody);
  return el(
    "article",
    { id: operation.id, class: "operation", data: { operation: operation.id } },
    el("h3", {}, el("a", { href: `#${operation.id}` }, operation.summary ?? operation.path)),
    el("p", { class: "call" }, method(operation.method), path(operation.path), el("span", { class: "key", data: { key: operation.needsKey } }, KEY_NOTES[operation.needsKey])),
    ...(operation.deprecated ? [el("p", { class: "deprecated" }, "Deprecated")] : []),
    ...prose(operation.description),
    ...parameters(document, operation.parameters),
    ...(body.content ? [heading("Body"), ...contents(document, body.content)] : []),
    heading("Try it"),
    snippet(curlOf(document, operation, window.location.origin)),
    heading("Answers"),
    ...Object.entries(operation.responses ?? {}).map(([status, response]) => answer(document, status, resolve(document, response))),
  );
}

function parameters(document, all) {
  if (!all.length) return [];
  const rows = all.map((parameter) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, el("code", {}, parameter.name), ...(parameter.required ? [" ", el("span", { class: "must" }, "required")] : [])),
      el("td", {}, parameter.in),
      el("td", {}, ...meaning(document, parameter.schema ?? {}, parameter.description)),
    ),
  );
  const head = el("tr", {}, ...["Name", "In", "Meaning"].map((name) => el("th", { scope: "col" }, name)));
  return [heading("Parameters"), el("div", { class: "scroll" }, el("table", { class: "parameters" }, el("thead", {}, head), el("tbody", {}, ...rows)))];
}

/** Type, rules and description of a value. */
function meaning(document, schema, description) {
  const rules = constraintsOf(document, schema);
  const words = description ?? resolve(document, schema).description;
  return [
    el("span", { class: "type" }, typeName(document, schema)),
    ...rules.flatMap((rule) => [" ", el("span", { class: "rule" }, rule)]),
    ...(words ? prose(words) : []),
  ];
}

function contents(document, content) {
  return Object.entries(content).flatMap(([type, media]) => [
    el("p", { class: "media" }, el("code", {}, type)),
    ...fieldList(document, media.schema ?? {}, 0),
    el("details", { class: "example" }, el("summary", {}, "Example"), snippet(JSON.stringify(exampleOf(document, media), null, 2))),
  ]);
}

function fieldList(document, schema, depth) {
  const fields = depth < MAX_DEPTH ? fieldsOf(document, schema) : null;
  if (!fields) return depth ? [] : [el("p", {}, ...meaning(document, schema))];
  const items = fields.flatMap(({ name, field, required }) => [
    el("dt", {}, el("code", {}, name), ...(required ? [" ", el("span", { class: "must" }, "required")] : [])),
    el("dd", {}, ...meaning(document, field), ...fieldList(document, field, depth + 1)),
  ]);
  return [el("dl", { class: "fields" }, ...items)];
}

function answer(document, status, response) {
  const headers = Object.entries(response.headers ?? {}).map(([name, header]) => {
    const { description } = resolve(document, header);
    return el("li", {}, el("code", {}, name), description ? ` ${description}` : "");
  });
  const detail = [...(headers.length ? [el("ul", { class: "bullets" }, ...headers)] : []), ...(response.content ? contents(document, response.content) : [])];
  const title = [el("span", { class: "status", data: { status: status[0] } }, status), el("span", {}, ...inline(response.description ?? ""))];
  if (!detail.length) return el("p", { class: "answer" }, ...title);
  return el("details", { class: "answer" }, el("summary", {}, ...title), ...detail);
}

function snippet(text) {
  const copy = el("button", { type: "button", class: "quiet copy" }, "Copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    copy.textContent = "Copied";
    setTimeout(() => copy.replaceChildren("Copy"), 2000);
  });
  const code = el("pre", { tabindex: "0" }, el("code", {}, text));
  return el("div", { class: "snippet" }, code, ...(navigator.clipboard ? [copy] : []));
}
