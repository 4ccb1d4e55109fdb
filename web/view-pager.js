// Next and previous, by the cursors of the page shown, as links that can be opened elsewhere too.
import { byId, el } from "./dom.js";
import { href, PAGE_SIZES, toCursor, toTop } from "./state.js";

export function showPager(page, state) {
  byId("pager").hidden = false;
  setLink(byId("prev"), page.prev && href(toCursor(state, page.prev)));
  setLink(byId("next"), page.next && href(toCursor(state, page.next)));
  setLink(byId("top"), page.prev && href(toTop(state)));
  const limit = byId("limit");
  if (!limit.options.length) limit.append(...PAGE_SIZES.map((size) => el("option", { value: size }, size)));
  limit.value = String(state.limit);
}

/** A link without a target is disabled, but keeps the keyboard's focus where it was. */
function setLink(link, target) {
  if (target) {
    link.href = target;
    link.removeAttribute("aria-disabled");
    link.removeAttribute("role");
    link.removeAttribute("tabindex");
  } else {
    link.removeAttribute("href");
    link.setAttribute("role", "link");
    link.setAttribute("aria-disabled", "true");
    if (document.activeElement === link) link.setAttribute("tabindex", "-1");
  }
}

export const hidePager = () => {
  byId("pager").hidden = true;
};
