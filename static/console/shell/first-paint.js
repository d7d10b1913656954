// Runs before the first frame, so that the page does not flash in the wrong colours.
(() => {
  try {
    const { theme, density } = JSON.parse(localStorage.getItem("attendance.preferences") ?? "{}");
    document.documentElement.dataset.theme = theme ?? "auto";
    document.documentElement.dataset.density = density ?? "comfortable";
  } catch {
    document.documentElement.dataset.theme = "auto";
  }
})();
