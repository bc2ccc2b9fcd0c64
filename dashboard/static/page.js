// What pages do when scripts run. Everything works without: buttons that need a script are hidden until then.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break; // only on HTTPS and on this machine
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    const words = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = words; }, 2500);
  });
}

// A role needs its own scope fields only: the others are taken out of the form.
for (const select of document.querySelectorAll("select[data-decides]")) {
  const fields = select.form.querySelectorAll("[data-roles]");
  const show = () => {
    for (const field of fields) {
      const wanted = field.dataset.roles.split(" ").includes(select.value);
      field.hidden = !wanted;
      for (const input of field.querySelectorAll("input, select")) input.disabled = !wanted;
    }
  };
  select.addEventListener("change", show);
  show();
}

// The menu of the phone closes with Escape and with a touch elsewhere; on a desk it is always open.
const menu = document.querySelector(".menu");
if (menu) {
  const wide = matchMedia("(min-width: 60rem)");
  const fit = () => { menu.open = wide.matches; };
  wide.addEventListener("change", fit);
  fit();
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open && !wide.matches) { menu.open = false; menu.querySelector("summary").focus(); }
  });
  document.addEventListener("click", (event) => {
    if (menu.open && !wide.matches && !menu.contains(event.target)) menu.open = false;
  });
}

// The menu that drops down closes by Escape and by a click beside it.
const more = document.querySelector(".nav-more");
if (more) {
  document.addEventListener("click", (event) => { if (!more.contains(event.target)) more.open = false; });
  more.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !more.open) return;
    more.open = false;
    more.querySelector("summary").focus();
    event.stopPropagation();
  });
}
