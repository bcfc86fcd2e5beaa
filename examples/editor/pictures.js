// Pictures: files are uploaded one after another. Placeholders mark their places in the text, and are never saved.
import { call } from "./api.js";
import { $, element } from "./dom.js";

const TRIES = 5;
const places = new Set();
let [number, waiting, last] = [0, 0, Promise.resolve()];

export const isUploading = () => waiting > 0;
/** Wait until all files are uploaded, or have failed. */
export const uploads = () => last;
export const withoutPlaceholders = (text) => [...places].reduce((rest, place) => rest.replace(place, ""), text);

/** Let the user choose files. */
export function pick(use) {
  Object.assign($("file"), { value: "", onchange: () => use([...$("file").files]) }).click();
}

/** Upload a file after those before it, and call `use` with the upload, or with null if it has failed. */
export function add(file, logIn, use) {
  waiting += 1;
  const line = element("li", { textContent: `Uploading ${file.name}…` });
  $("uploads").querySelectorAll(".bad").forEach((old) => old.remove());
  $("uploads").append(line);
  last = last.then(() => upload(file, logIn, line)).then(use).finally(() => (waiting -= 1));
}

async function upload(file, logIn, line) {
  const form = new FormData();
  form.append("file", file);
  for (let tries = 1; ; tries++) {
    try {
      const { data } = await call("POST", "/media", form);
      line.remove();
      return data;
    } catch (failure) {
      const isLast = tries === TRIES || !(failure.isTemporary || failure.status === 401);
      const wait = Math.max(failure.retryAfter, 2 ** tries);
      const next = isLast ? "" : ` Next try in ${wait} s.`;
      Object.assign(line, { className: "bad", textContent: `${file.name} is not uploaded: ${failure.message}${next}` });
      if (isLast) return null;
      await (failure.status === 401 ? logIn() : new Promise((resolve) => setTimeout(resolve, 1000 * wait)));
      Object.assign(line, { className: "", textContent: `Uploading ${file.name}…` });
    }
  }
}

/** Put pictures at the cursor of a field, first as placeholders. */
export function insert(field, files, logIn) {
  const marked = files.map((file) => ({ file, place: `![Uploading picture ${++number}…]()` }));
  replace(field, field.selectionStart, field.selectionEnd, marked.map(({ place }) => place).join("\n\n"), "end");
  for (const { file, place } of marked) {
    places.add(place);
    add(file, logIn, (media) => fill(field, place, file.name.replace(/\.\w+$|[[\]\\]/g, ""), media));
  }
}

/** Replace a placeholder. If it is gone, because somebody else's text has replaced it, use the cursor. */
function fill(field, place, alt, media) {
  const found = field.value.indexOf(place);
  const [start, end] = found < 0 ? [field.selectionEnd, field.selectionEnd] : [found, found + place.length];
  const isNext = field.selectionStart > start && field.selectionEnd <= end;
  places.delete(place);
  replace(field, start, end, media ? `![${alt}](${media.url})` : "", isNext ? "end" : "preserve");
}

function replace(field, start, end, text, selection) {
  field.setRangeText(text, start, end, selection);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
