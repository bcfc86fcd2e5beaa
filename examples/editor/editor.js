// The page: a list of posts, a form that saves itself, and two dialogs.
import { call, isLoggedIn, logIn, logOut } from "./api.js";
import { $, element } from "./dom.js";
import { Draft, imageOf, MEMBERS } from "./draft.js";
import * as pictures from "./pictures.js";

const PAUSE = 1500;
const text = (value) =>
  Array.isArray(value) ? value.map((tag) => tag.name ?? tag).join(", ") : value?.url ? `${value.alt}\n${value.url}` : value ?? "";
const tags = () => $("tags").value.split(",").map((tag) => tag.trim()).filter(Boolean);
const read = (member) => (member === "tags" ? tags() : pictures.withoutPlaceholders($(member).value));
let draft = null, timer = 0, wait = PAUSE, last = Promise.resolve(), login = null;

/** Let actions follow one another. */
const queued = (action) => () => (last = last.then(action, action));
const say = (message, className = "") => Object.assign($("state"), { textContent: message, className });

function show() {
  $("editor").hidden = draft === null;
  for (const button of $("posts").querySelectorAll("button")) {
    button.toggleAttribute("aria-current", button.value === String(draft?.id));
  }
  if (draft === null) return;
  // The fields are not touched while they mean the same, so that the cursor stays where it is.
  for (const member of MEMBERS.filter((name) => text(read(name)) !== text(draft.yours[name]))) {
    $(member).value = text(draft.yours[member]);
  }
  showImage(draft.yours.image);
  const { status, isLive, hasCopy } = draft.stored;
  $("status").textContent = status + (hasCopy ? ", with unpublished changes" : "");
  $("publish").textContent = isLive ? "Publish changes" : "Publish";
  $("publish").disabled = isLive && !hasCopy && !draft.isUnsaved;
  $("discard").hidden = !hasCopy;
  draft.remember();
}

function showImage(image) {
  for (const part of $("image").querySelectorAll("img, label, #remove")) part.hidden = image === null;
  const shown = image?.variants?.[0]?.url ?? image?.url ?? "";
  if ($("shown").getAttribute("src") !== shown) $("shown").src = shown;
  if ($("alt").value !== text(image?.alt)) $("alt").value = text(image?.alt);
}

/** Run an action, say how it went, and return whether it succeeded. */
async function attempt(busy, done, action) {
  clearTimeout(timer);
  say(busy);
  try {
    await action();
    say(done);
    wait = PAUSE;
    return true;
  } catch (failure) {
    return await recover(failure, () => attempt(busy, done, action));
  } finally {
    show();
  }
}

async function recover(failure, again) {
  say(`${draft?.isUnsaved ? "Not saved: " : ""}${failure.message}`, "bad");
  if (failure.status === 401) return askToLogIn().then(again);
  if (Object.keys(failure.conflict ?? {}).length > 0) {
    const sides = await choose(failure.conflict);
    return sides !== "" && attempt("Saving…", "Saved", () => draft.settle(sides, failure.conflict));
  }
  if (failure.isTemporary && draft?.isUnsaved) {
    wait = Math.min(Math.max(2 * wait, 1000 * failure.retryAfter), 30000);
    timer = setTimeout(save, wait);
    $("state").append(` Next try in ${Math.round(wait / 1000)} s.`);
  }
  return false;
}

const saveNow = async () => !draft?.isUnsaved || attempt("Saving…", "Saved", () => draft.save());
const save = queued(saveNow);

const askToLogIn = () => (login ??= showLogin().finally(() => (login = null)));

function showLogin() {
  const [form, dialog] = [$("login"), $("login").parentElement];
  dialog.oncancel = (event) => event.preventDefault();
  dialog.showModal();
  return new Promise((resolve) => {
    form.onsubmit = async (event) => {
      event.preventDefault();
      const failure = await logIn($("username").value, $("password").value).catch((error) => error);
      $("login-error").textContent = failure?.message ?? "";
      if (!failure) resolve(form.reset(), dialog.close());
    };
  });
}

/** Show the members in conflict side by side. Return the chosen side of each, or "" to decide later. */
function choose(conflict) {
  const column = (name, value, side, label) => {
    const radio = element("input", { type: "radio", name, value: side, required: true, autofocus: side === "yours" });
    const shown = { value: value === undefined ? "(not known)" : text(value), readOnly: true, rows: 10, ariaLabel: label };
    return element("div", {}, element("label", {}, side === "base" ? "" : radio, ` ${label}`), element("textarea", shown));
  };
  const fieldsets = Object.entries(conflict).map(([member, values]) => {
    const sides = Object.entries({ base: "Before", yours: "Yours", theirs: "Theirs" });
    const columns = sides.map(([side, label]) => column(member, values[side], side, label));
    return element("fieldset", {}, element("legend", { textContent: member }), ...columns);
  });
  $("members").replaceChildren(...fieldsets);
  const [form, dialog] = [$("conflict"), $("conflict").parentElement];
  dialog.returnValue = "";
  dialog.showModal();
  const chosen = () => dialog.returnValue && Object.fromEntries(new FormData(form));
  return new Promise((resolve) => (dialog.onclose = () => resolve(chosen())));
}

async function list() {
  const { data } = await call("GET", "/posts?status=all&kind=all&fields=id,title,status,author&limit=100");
  const buttons = data.data.map(({ id, title, status, author }) => {
    const details = element("small", { textContent: `${status}, ${author.display_name}` });
    const onclick = queued(() => open(() => Draft.open(id)));
    return element("button", { onclick, value: id }, title || "Untitled", details);
  });
  $("posts").replaceChildren(...buttons.map((button) => element("li", {}, button)));
}

/** Leave the draft, but unsaved text only on confirmation. */
async function leave() {
  await pictures.uploads();
  if (!(await saveNow()) && !confirm("This text is not saved. Leave it?")) return false;
  draft = null;
  $("link").hidden = true;
  return true;
}

async function open(find) {
  if (!(await leave())) return;
  await attempt("Loading…", "", async () => ((draft = await find()), list()));
  await saveNow();
  $("title").focus();
}

async function preview() {
  const { data } = await call("POST", `/posts/${draft.id}/previews`, {});
  $("link").hidden = false;
  $("link").querySelector("time").textContent = new Date(data.expires_at).toLocaleString();
  Object.assign($("link").querySelector("a"), { href: data.url }).focus();
}

const BUTTONS = {
  save: saveNow,
  new: () => open(Draft.create),
  back: async () => (await leave()) && attempt("Loading…", "", list),
  preview: async () => (await saveNow()) && attempt("Preparing the preview…", "The preview is ready", preview),
  publish: async () => (await pictures.uploads(), attempt("Publishing…", "Published", () => draft.publish().then(list))),
  discard: () => confirm("Discard the changes?") && attempt("Discarding…", "Discarded", () => draft.discard()),
  logout: async () => (await leave()) && (await logOut(), location.reload()),
};
for (const [id, action] of Object.entries(BUTTONS)) $(id).onclick = queued(action);
$("editor").oninput = () => {
  for (const member of MEMBERS) draft.yours[member] = read(member);
  if (draft.yours.image) draft.yours.image = { ...draft.yours.image, alt: $("alt").value };
  changed();
};

function changed() {
  show();
  say(draft.isUnsaved ? "Not saved yet" : "Saved");
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE);
}

function setImage(upload) {
  draft.yours.image = upload && imageOf(upload);
  changed();
}

const insert = (files) => pictures.insert($("content"), files, askToLogIn);
const replaceImage = ([file]) => file && pictures.add(file, askToLogIn, (upload) => upload && setImage(upload));
$("insert").onclick = () => pictures.pick(insert);
$("choose").onclick = () => pictures.pick(replaceImage);
$("remove").onclick = () => setImage(null);
$("content").onpaste = ({ clipboardData: { files, types } }) => {
  // Office programs add a picture of the text that they copy.
  if (files.length === 0 || types.includes("text/plain")) return true;
  insert([...files]);
  return false;
};
// Without these, a browser leaves the page to show a file that is dropped beside the text.
window.ondragover = ({ dataTransfer }) => !dataTransfer.types.includes("Files");
window.ondrop = ({ dataTransfer: { files } }) => {
  if (draft && files.length > 0) insert([...files]);
  return files.length === 0;
};
window.ononline = save;
window.onbeforeunload = (event) => (draft?.isUnsaved || pictures.isUploading()) && event.preventDefault();
queued(async () => {
  if (!isLoggedIn()) await askToLogIn();
  $("work").hidden = $("logout").hidden = false;
  await attempt("Loading…", "", list);
})();
