// Elements are made here and filled with text, never with markup: what somebody reported cannot become a script.
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// Changes a text only when it is another one: a list that is being read aloud is left alone.
export function retext(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
