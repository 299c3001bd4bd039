"""Checks a built book: every link inside it leads somewhere, nothing is loaded from elsewhere, and its search works without a network."""

import html.parser
import pathlib
import re
import sys
import urllib.parse

book = pathlib.Path(sys.argv[1]).resolve()


class Page(html.parser.HTMLParser):
    """What a page loads, what it links to, and the anchors that it has."""

    def __init__(self, text):
        super().__init__()
        self.loads, self.links, self.anchors = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = {name: value or "" for name, value in attrs}
        self.anchors.update(attrs[name] for name in ("id", "name") if name in attrs)
        if tag == "a" and "href" in attrs:
            self.links.append(attrs["href"])
        elif tag in ("link", "use", "image") and "href" in attrs:
            self.loads.append(attrs["href"])
        self.loads.extend(attrs[name] for name in ("src", "data", "poster") if name in attrs)


pages = {path: Page(path.read_text()) for path in sorted(book.rglob("*.html"))}
assert len(pages) > 20, f"only {len(pages)} pages in {book}"
wrong = []
remote = re.compile(r"^([a-z]+:)?//")
for path, page in pages.items():
    name = path.relative_to(book)
    if name.name == "404.html":  # it is shown under any address, so that its links begin at the root of the site
        continue
    for target in page.loads:
        if remote.match(target):
            wrong.append(f"{name} loads {target}")
    for target in page.loads + page.links:
        if remote.match(target) or target.startswith(("data:", "mailto:")):
            continue
        address, anchor = urllib.parse.urldefrag(urllib.parse.unquote(target))
        to = (path.parent / address).resolve() if address else path
        if not to.is_file():
            wrong.append(f"{name} links to {target}, which is not there")
        elif anchor and to in pages and anchor not in pages[to].anchors:
            wrong.append(f"{name} links to {target}, which has no such heading")
for path in book.rglob("*.css"):
    for target in re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')\s]+)", path.read_text()):
        if remote.match(target):
            wrong.append(f"{path.relative_to(book)} loads {target}")
        elif not target.startswith(("data:", "#")) and not (path.parent / target).resolve().is_file():
            wrong.append(f"{path.relative_to(book)} loads {target}, which is not there")
# What scripts name in a comment, or as the service that runs Rust code, which book.toml switches off.
harmless = ("https://play.rust-lang.org/",)
for path in book.rglob("*.js"):
    code = re.sub(r"/\*.*?\*/|(?m:^\s*//.*$)|\s//\s.*", "", path.read_text(), flags=re.S) if path.name != "searchindex.js" else ""
    for call in re.findall(r"(?:fetch\w*|import|importScripts|open)\(\s*[\"'`]((?:https?:)?//[^\"'`]+)", code):
        if not call.startswith(harmless):
            wrong.append(f"{path.relative_to(book)} fetches {call}")
if any('class="playground"' in path.read_text() for path in pages):
    wrong.append("a block would be run by a service: mark it `rust,ignore`")
indexes = list(book.glob("searchindex*.js"))
if len(indexes) != 1 or "cart_pole" not in indexes[0].read_text():
    wrong.append(f"no search index: {indexes}")
if wrong:
    sys.exit("\n".join(wrong))
print(f"{len(pages)} pages, {sum(len(page.links) for page in pages.values())} links, a search index of {indexes[0].stat().st_size // 1000} kB")
