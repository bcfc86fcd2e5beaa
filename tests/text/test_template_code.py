"""Template code of static site generators becomes Markdown, or stays and is counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog_api.text.issues import Code
from blog_api.text.template_code import Converted, LinkTag, convert


def names(found: Converted) -> list[str]:
    """Return what is counted, with lines."""
    assert {tally.code for tally in found.tallies} <= {Code.TEMPLATE_CODE}
    return [f"{tally.line} {tally.detail.removesuffix(' stays in the text')}" for tally in found.tallies]


@pytest.mark.parametrize(
    ("content", "converted"),
    [
        ("{% highlight python linenos %}\nx = `1`\n{% endhighlight %}", "```python\nx = `1`\n```"),
        ("a\n{% highlight c++ %}\n\n\ta\n\n{%- endhighlight -%}\nb", "a\n```c++\n\ta\n```\nb"),
        ("{% highlight md %}\n```js\n```\n{% endhighlight %}", "````md\n```js\n```\n````"),
        ("Text {% highlight js %}a{% endhighlight %} text", "Text \n```js\na\n```\n text"),
        ("- {% highlight js %}\na\n{% endhighlight %}", "- ```js\n  a\n  ```"),
        ("  {% highlight js %}\n  a\nb\n  {% endhighlight %}", "  ```js\n  a\n  b\n  ```"),
        ("> {% highlight js %}\n> a\n> {% endhighlight %}", "> ```js\n> a\n> ```"),
        ("{% highlight %}{% endhighlight %}", "```\n```"),
        ("{% highlight html %}\n{% raw %}{{ a }}{% endraw %}\n{% endhighlight %}", "```html\n{{ a }}\n```"),
        ('{{< highlight go "linenos=table" >}}\na\n{{< /highlight >}}', "```go\na\n```"),
        ("{{% highlight go %}}\na\n{{% /highlight %}}", "```go\na\n```"),
        ("{% raw %}{{ a }} {% b %}{% endraw %} c", "{{ a }} {% b %} c"),
        ("ä {%- raw -%}{{ a }}{%- endraw -%}", "ä {{ a }}"),
    ],
)
def test_highlighted_and_raw_blocks_become_markdown(content: str, converted: str) -> None:
    assert convert(content) == Converted(converted)


@pytest.mark.parametrize(
    ("content", "converted"),
    [
        ("{{< youtube dQw4w9WgXcQ >}}", "<https://www.youtube.com/watch?v=dQw4w9WgXcQ>"),
        ("{{< youtube id=a_b title='A [b]' >}}", r"[A \[b\]](https://www.youtube.com/watch?v=a_b)"),
        ('{{ youtube(id="a-b") }}', "<https://www.youtube.com/watch?v=a-b>"),
        ("{{< vimeo 146022717 >}}", "<https://vimeo.com/146022717>"),
        ('{{< tweet user="ada" id="12" >}}', "<https://x.com/ada/status/12>"),
        ("{{< x 12 >}} {{< tweet_simple 13 >}}", "<https://x.com/i/status/12> <https://x.com/i/status/13>"),
        ("{{< instagram B-x >}}", "<https://www.instagram.com/p/B-x/>"),
        ("{{< gist ada 12ab >}}", "<https://gist.github.com/ada/12ab>"),
        ("{% gist ada/12ab %}", "<https://gist.github.com/ada/12ab>"),
        ('{{< figure src="/a b.png" alt="A *b*" />}}', r"![A \*b\*](/a%20b.png)"),
        ('{{< figure src="a.png" link="/b" >}}', "[![](a.png)](/b)"),
        (
            '{{% figure src="a.png" alt="<a>" caption="B & c" %}}',
            '<figure><img src="a.png" alt="&lt;a&gt;"><figcaption>B &amp; c</figcaption></figure>',
        ),
        ("![a]({{ site.baseurl }}/a.png)", "![a](/a.png)"),
        ("![a]({{ '/a.png' | relative_url }})", "![a](/a.png)"),
        ('[a]({{ "a/" | prepend: site.baseurl | absolute_url }})', "[a](/a/)"),
        ("{{</* youtube x */>}} {{%/* a */%}}", "{{< youtube x >}} {{% a %}}"),
    ],
)
def test_common_tags_become_markdown(content: str, converted: str) -> None:
    assert convert(content) == Converted(converted)


@pytest.mark.parametrize(
    ("content", "counted"),
    [
        ("{{< note >}}a{{< /note >}}\n\n{{% note %}}", ["5 {{< note >}}", "7 {{% note %}}"]),
        ("{% include a.html b=1 %}{% if a %}{% else %}{% endif %}", ["5 {% include %}", "5 {% if %}"]),
        ("{{ site.title | upcase }} {{ page.url }}", ["5 {{ site.title }}", "5 {{ page.url }}"]),
        ("{{ toc() }} {{ }}", ["5 {{ toc() }}", "5 {{ ... }}"]),
        ("ä\n<YouTube id='a' /> <Tabs.Tab> <BR> <b>", ["6 <YouTube>", "6 <Tabs.Tab>"]),
        ("{{< youtube 'a b' >}} {{< figure alt=a >}}", ["5 {{< youtube >}}", "5 {{< figure >}}"]),
        ("{{< highlight >}}a{{< /highlight >}}", ["5 {{< highlight >}}"]),
        ("{% highlight c %} {{ a", ["5 {% highlight %}"]),
        ("{% raw %} {% b %}", ["5 {% raw %}", "5 {% b %}"]),
        ("{{ site.url }} {{ a | b }}", ["5 {{ site.url }}", "5 {{ a }}"]),
        ("a < b {a} {{ {%", []),
    ],
)
def test_other_tags_stay_and_are_counted(content: str, counted: list[str]) -> None:
    found = convert(content, line=5)
    assert (found.content, names(found)) == (content, counted)


@pytest.mark.parametrize(
    "content",
    [
        "`{{ a }}` `` {% highlight c %} `` ``{% endhighlight %}``",
        "```\n{{< youtube a >}}\n{% highlight c %}\na\n{% endhighlight %}\n```",
        "ä\n\n    {{ a }}\n\n- ä\n\n  ~~~\n  <Tabs>\n  ~~~",
    ],
)
def test_code_is_left_alone(content: str) -> None:
    assert convert(content) == Converted(content)


def test_raw_tags_in_code_are_removed_only_from_liquid_templates() -> None:
    content = "```\n{% raw %}{{ a }}{% endraw %}\n```"
    assert convert(content).content == content
    assert convert(content, is_liquid=True) == Converted("```\n{{ a }}\n```")


def test_tags_that_refer_to_posts_are_replaced_by_their_paths() -> None:
    tags: list[LinkTag] = []

    def find_link(tag: LinkTag) -> str | None:
        tags.append(tag)
        return "/a" if "missing" not in tag.target else None

    content = (
        '[a]({{< ref "a.md#b" >}}) {{< relref path="/a" >}} [b]({{ site.url }}{% post_url 2020-01-02-a %})\n'
        '{% link _posts/a.md %} {{< link "b.md" >}} {{< ref "#part" >}} `{{< ref "c.md" >}}`\n{{% ref "missing" %}}'
    )
    found = convert(content, line=3, find_link=find_link)
    assert found.content == ('[a](/a) /a [b](/a)\n/a /a #part `{{< ref "c.md" >}}`\n{{% ref "missing" %}}')
    assert tags == [
        *(LinkTag("ref", "a.md#b"), LinkTag("ref", "/a"), LinkTag("name", "2020-01-02-a")),
        *(LinkTag("path", "_posts/a.md"), LinkTag("ref", "b.md"), LinkTag("ref", "missing")),
    ]
    assert [(note.code, note.line) for note in found.tallies] == [(Code.LINK_MISSING, 5)]


@given(
    st.lists(
        st.sampled_from(["{%", "%}", "{{", "}}", "<", ">", " raw ", "end", "highlight", "`", "\n", "A b"])
    )
)
def test_any_text_is_converted(pieces: list[str]) -> None:
    content = "".join(pieces)
    converted = convert(content).content
    assert sum(map(str.isalpha, converted)) <= sum(map(str.isalpha, content))


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "{{<",
            "{%",
            "{{",
            "{{< a",
            "{{{%",
            "<Aa",
            "{{a(",
            "{{ '|url",
            '{{<figure "\\',
            "{{< ref '",
            "{{site.url}}",
        ),
        *(
            "{% raw %}",
            "{% highlight a %}",
            "{% raw %}a{% endraw %}{{ a }}",
            "{% highlight a %}`{% endhighlight %}",
        ),
    ],
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    convert(piece * (200_000 // len(piece)))
