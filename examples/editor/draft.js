// The text of a post: what the service has of it (`stored`), and what is in the form (`yours`).
import { call, Failure } from "./api.js";

/** Return an image or an upload as the image of a post. */
export const imageOf = ({ id, media_id = id, url, alt, caption, width, height, variants }) =>
  ({ media_id, url, alt, caption, width, height, variants });

export const MEMBERS = ["title", "summary", "tags", "content"];
const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

const tagNames = (tags) => tags.map((tag) => tag.name ?? tag);
const valuesOf = ({ title, summary, tags, content, image }) =>
  ({ title, summary, content, tags: tagNames(tags), image: image && imageOf(image) });

/** Return where a post is edited, and its values there. A live post is edited in its working copy. */
async function load(id) {
  const post = await call("GET", `/posts/${id}`);
  const { status } = post.data;
  const isLive = ["published", "scheduled"].includes(status);
  if (!isLive) return { status, isLive, path: `/posts/${id}`, etag: post.etag, values: valuesOf(post.data) };
  const path = `/posts/${id}/working-copy`;
  const copy = await call("GET", path).catch((failure) => {
    if (failure.status !== 404) throw failure;
  });
  const { etag, data } = copy ?? post;
  return { status, isLive, hasCopy: copy !== undefined, path, etag, values: valuesOf(data) };
}

export class Draft {
  constructor(id, stored, yours = { ...stored.values }) {
    Object.assign(this, { id, stored, yours });
  }

  /** Open a post, with the text that a reload of the tab has interrupted. */
  static async open(id) {
    const kept = JSON.parse(sessionStorage.getItem(`unsaved-${id}`));
    return kept ? new Draft(id, kept.stored, kept.yours) : new Draft(id, await load(id));
  }

  static create = async () => Draft.open((await call("POST", "/posts", { title: "" })).data.id);

  get isUnsaved() { return Object.keys(this.changes()).length > 0; }

  remember() {
    sessionStorage.setItem(`unsaved-${this.id}`, JSON.stringify(this.isUnsaved ? this : null));
  }

  /** Return the members that are not saved. */
  changes() {
    const changed = Object.keys(this.yours).filter((member) => !isSame(this.yours[member], this.stored.values[member]));
    return Object.fromEntries(changed.map((member) => [member, this.yours[member]]));
  }

  /** Continue from a newer state. Members that you have not changed follow it. */
  rebase(stored) {
    this.yours = { ...stored.values, ...this.changes() };
    this.stored = stored;
  }

  /** Save all changes. Throws Failure, with `conflict` if others have changed the same members. */
  async save() {
    let [query, tries] = ["", 0];
    while (this.isUnsaved) {
      const [{ path, etag }, sent] = [this.stored, this.changes()];
      try {
        const saved = await call("PATCH", path + query, sent, etag);
        // What was sent counts as saved, also where the service has trimmed it while you type on.
        const values = { ...valuesOf(saved.data), ...sent };
        this.rebase({ ...this.stored, hasCopy: this.stored.isLive, etag: saved.etag, values });
        query = "";
      } catch (failure) {
        if (query !== "" || tries++ > 3 || ![409, 412].includes(failure.status)) throw failure;
        query = await this.#catchUp();
      }
    }
  }

  /** Return the query for the next try, after somebody else has changed the post. */
  async #catchUp() {
    const now = await load(this.id);
    if (!now.isLive && now.path === this.stored.path) return "?merge=true";
    // Working copies are compared here, and so is a post that went live or offline in the meantime.
    const conflict = {};
    for (const [member, yours] of Object.entries(this.changes())) {
      const [base, theirs] = [this.stored.values[member], now.values[member]];
      if (!isSame(theirs, base) && !isSame(theirs, yours)) conflict[member] = { base, yours, theirs };
    }
    if (Object.keys(conflict).length > 0) throw new Failure(409, { conflict });
    this.rebase(now);
    return "";
  }

  /** Continue after a conflict. `sides` has "yours" or "theirs" for each member in `conflict`. */
  async settle(sides, conflict) {
    const members = (side) => Object.keys(sides).filter((member) => sides[member] === side);
    const chosen = (side) => Object.fromEntries(members(side).map((member) => [member, conflict[member][side]]));
    const isPublishing = !this.isUnsaved;
    Object.assign(this.yours, chosen("theirs"));
    if (isPublishing) {
      // The working copy is in conflict with the post, so the post has to change.
      const { etag } = await call("GET", `/posts/${this.id}`);
      await call("PATCH", `/posts/${this.id}`, chosen("yours"), etag);
    }
    this.rebase(await load(this.id));
    await (isPublishing ? this.publish() : this.save());
  }

  async publish() {
    await this.save();
    if (this.stored.isLive) await call("POST", `${this.stored.path}/publish?merge=true`, null, this.stored.etag);
    else await call("PATCH", this.stored.path, { status: "published" }, this.stored.etag);
    this.rebase(await load(this.id));
  }

  /** Delete the working copy. */
  async discard() {
    await call("DELETE", this.stored.path, null, this.stored.etag);
    Object.assign(this, new Draft(this.id, await load(this.id)));
  }
}
