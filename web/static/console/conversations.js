// The list of conversations: j and k move from one to the next, Enter opens; the address names only filters that are set.

import { onKey } from "./console.js";

const talks = [...document.querySelectorAll("#talks a.talk")];

function move(step) {
  const here = talks.indexOf(document.activeElement);
  const next = here < 0 ? (step > 0 ? 0 : talks.length - 1) : here + step;
  talks[next]?.focus();
  talks[next]?.closest("tr").scrollIntoView({ block: "nearest" });
}

if (talks.length) {
  onKey("j", "Next conversation", () => move(1));
  onKey("k", "Previous conversation", () => move(-1));
  onKey("o", "Open it (or Enter)", () => talks.includes(document.activeElement) && document.activeElement.click());
}

const filters = document.getElementById("filters");

filters.addEventListener("formdata", (event) => {
  for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
});

// A choice is made with one gesture; what is typed waits for Enter.
for (const select of filters.querySelectorAll("select")) select.addEventListener("change", () => filters.requestSubmit());
