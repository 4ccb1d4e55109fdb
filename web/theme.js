// Runs in <head>, before the first paint, so that a saved choice never flashes the other theme.
// Without a saved choice the page follows the system; choosing what the system says forgets the choice.
(() => {
  const KEY = "highscores.theme";
  const root = document.documentElement;
  const systemDark = matchMedia("(prefers-color-scheme: dark)");

  const saved = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is blocked: the choice lasts as long as the page
    }
  };

  const save = (theme) => {
    try {
      if (theme) localStorage.setItem(KEY, theme);
      else localStorage.removeItem(KEY);
    } catch {
      // see saved()
    }
  };

  const system = () => (systemDark.matches ? "dark" : "light");
  const current = () => root.dataset.theme ?? system();

  const show = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };

  show(saved());

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const label = () => {
      const other = current() === "dark" ? "light" : "dark";
      button.setAttribute("aria-label", `Use the ${other} theme`);
      button.title = `Use the ${other} theme`;
    };
    button.addEventListener("click", () => {
      const next = current() === "dark" ? "light" : "dark";
      const choice = next === system() ? null : next;
      show(choice);
      save(choice);
      label();
    });
    systemDark.addEventListener("change", label);
    label();
  });
})();
