"""Looks at the pages of the site in a browser: nothing wider than the screen, no letter without a shape, enough contrast.

    python3 Tests/Scripts/site.py                     # all guides; needs Debian's package chromium
    python3 Tests/Scripts/site.py --program .build/debug/book --pages 03-Regularization/index.html

Every guide is laid out at 400 and at 1,400 pixels, in the light and in the dark theme. Without a browser the script says so and
succeeds. Dead links are found by the tests: swift test --filter SiteTests.
"""

import argparse
import html
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# Runs in the page: returns what is wrong with it.
LOOK = """
const wrong = [];
const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
if (wide > 0) {
  const far = [...document.querySelectorAll('main *, header *, nav *')].find(
    (e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest('pre, .wide, .formula, svg'));
  wrong.push('wider than the screen by ' + wide + ' pixels: ' + (far ? far.outerHTML.slice(0, 120) : ''));
}
const bytes = (color) => (color.match(/[0-9.]+/g) || []).map(Number);
const light = (color) => {
  const [r, g, b] = bytes(color).map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const color = getComputedStyle(e).backgroundColor, parts = bytes(color);
    if (parts.length === 3 || parts[3] > 0.99) return color;
  }
  return 'rgb(255, 255, 255)';
};
const faint = new Set(), letters = new Set();
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement, words = texts.currentNode.textContent.trim();
  if (!words || element.closest('script, style')) continue;
  for (const letter of words) if (letter.codePointAt(0) > 126) letters.add(letter);
  if (element.closest('svg') || !element.getClientRects().length) continue;
  const [a, b] = [light(getComputedStyle(element).color), light(behind(element))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) faint.add(element.tagName + '.' + element.className + ' ' + ratio.toFixed(2) + ': ' + words.slice(0, 40));
}
for (const words of faint) wrong.push('too little contrast, ' + words);
const canvas = document.createElement('canvas');
[canvas.width, canvas.height] = [64, 64];
const pen = canvas.getContext('2d', {willReadFrequently: true});
pen.font = '40px ' + getComputedStyle(document.body).fontFamily;
const shape = (letter) => {
  pen.clearRect(0, 0, 64, 64);
  pen.fillText(letter, 8, 48);
  return pen.getImageData(0, 0, 64, 64).data.join();
};
const missing = shape('\\u{10FFFD}');
for (const letter of letters) {
  const code = letter.codePointAt(0);
  if (!/\\s|\\p{M}/u.test(letter) && shape(letter) === missing) wrong.push('no shape for ' + letter + ' U+' + code.toString(16));
}
document.body.innerHTML = '<pre id="found">' + JSON.stringify(wrong).replace(/&/g, '&amp;').replace(/</g, '&lt;') + '</pre>';
"""


def look(browser, site, page, width, theme, profile):
    """What is wrong with a page, as a list of texts."""
    text = (site / page).read_text(encoding="utf-8")
    text = text.replace('<html lang="en">', f'<html lang="en" data-theme="{theme}">', 1)
    text = re.sub(r"<script>try.*?</script>", "", text, count=1)
    text = text.replace("</body>", f"<script>addEventListener('load', () => {{{LOOK}}})</script></body>")
    copy = (site / page).with_name("look.html")
    copy.write_text(text, encoding="utf-8")
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", f"--window-size={width},900",
        "--dump-dom", copy.resolve().as_uri(),
    ]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    copy.unlink()
    match = re.search(r'<pre id="found">(.*?)</pre>', found, re.S)
    return json.loads(html.unescape(match[1])) if match else ["the browser gave no answer"]


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--program", default=".build/debug/book")
    ask.add_argument("--pages", nargs="*", help="places on the site; all guides without it")
    options = ask.parse_args()
    browser = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
    if not browser:
        print("site.py: there is no Chromium here, so the pages were not looked at")
        return 0
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        site = pathlib.Path(folder) / "site"
        subprocess.run([pathlib.Path(options.program).resolve(), "site", site], check=True, stdout=subprocess.DEVNULL)
        pages = options.pages or sorted(
            str(path.relative_to(site)) for path in site.rglob("*.html") if "code" not in path.relative_to(site).parts)
        if not options.pages:
            pages += ["code/index.html", "code/Package.swift.html"]
        for page in pages:
            for width in (400, 1400):
                for theme in ("light", "dark"):
                    for text in look(browser, site, page, width, theme, pathlib.Path(folder) / "profile"):
                        failed += 1
                        print(f"{page}, {width} pixels, {theme}: {text}")
    print(f"site.py: {len(pages)} pages in two widths and two themes: {failed} faults")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
