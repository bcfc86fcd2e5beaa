import { posts, redirects } from "../sync.js";
const tags = new Map(posts.flatMap((post) => post.tags).map((tag) => [tag.slug, tag]));
const tagged = ({ slug }) => posts.filter((post) => post.tags.some((tag) => tag.slug === slug));
const tagPages = [...tags.values()].map((tag) => ({ title: tag.name, url: `/tags/${tag.slug}/`, posts: tagged(tag) }));

export default { posts, redirects, lists: [{ title: "Blog", url: "/", posts }, ...tagPages] };
