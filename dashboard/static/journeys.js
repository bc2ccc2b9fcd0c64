// The strip's days by arrow keys: links say which key they answer to. Without this the links themselves do.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const at = event.target instanceof Element ? event.target : document.body;
  if (at.closest("input, select, textarea, [contenteditable], .scroll")) return; // there arrows move what has the focus
  const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
  if (link instanceof HTMLAnchorElement) {
    event.preventDefault();
    link.click();
  }
});
