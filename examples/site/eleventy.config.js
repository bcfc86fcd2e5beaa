import markdownIt from "markdown-it";

// HTML in the Markdown of a post is shown as text.
const markdown = markdownIt({ html: false, linkify: true });

export default function (config) {
  config.addFilter("markdown", (text) => markdown.render(text));
  config.addFilter("date", (time) => time.slice(0, 10));
}
