// The only way this page makes elements. Text from outside goes in as text nodes: there is no path to markup.

/**
 * @param {string} tag
 * @param {Object} properties  `on` adds listeners, `data` fills the dataset, a boolean adds or leaves out an
 *   attribute, null and undefined are skipped, anything else becomes an attribute.
 * @param {...(Node|string|number|null|undefined|false)} children
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Text that screen readers say and eyes don't see. */
export const spoken = (text) => el("span", { class: "spoken" }, text);
