"""What axe-core and a sweep over all texts find wrong with a page, in both themes."""

from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")

# Each formula is only a letter when axe runs, which takes up to a minute where there are hundreds; KaTeX writes them
# all alike, and their contrast is measured by the sweep below. What a theme changes is colours.
RUN_AXE = """async (theme) => {
  for (const formula of document.querySelectorAll(".katex")) formula.replaceWith("x");
  document.documentElement.dataset.theme = theme;
  const rules = theme === "light" ? {} : { runOnly: ["color-contrast"] };
  const { violations } = await axe.run({ resultTypes: ["violations"], preload: false, ...rules });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}"""

# WCAG 2.1, 1.4.3: the ratio of relative luminances of a text and of the grounds that lie under it, at least 4.5, or 3
# for large text. What is not seen (folded away, phantoms in formulas) and what is disabled is left out, as there.
CONTRAST = r"""() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (text) => {
    if (!known.has(text)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      known.set(text, [r, g, b, a / 255]);
    }
    return known.get(text);
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const luminance = (colour) => {
    const [r, g, b] = colour.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const grounds = new Map();
  const ground = (element) => {
    if (!element) return rgba("white");
    if (!grounds.has(element)) {
      const own = rgba(getComputedStyle(element).backgroundColor);
      grounds.set(element, own[3] === 1 ? own : over(own, ground(element.parentElement)));
    }
    return grounds.get(element);
  };
  const faint = new Map();
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const element = text.parentElement;
    if (!/[^\s\u200b]/.test(text.data)) continue;
    if (element.closest("script, style, noscript, template, .katex-mathml, :disabled")) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const ink = rgba(element instanceof SVGElement ? style.fill : style.color);
    if (ink[3] === 0) continue;
    let opacity = ink[3];
    for (let around = element; around; around = around.parentElement) opacity *= getComputedStyle(around).opacity;
    // A text of a drawing may bring its ground along, as a rim.
    const rimmed = style.paintOrder.startsWith("stroke") && parseFloat(style.strokeWidth) >= 2;
    const behind = rimmed ? rgba(style.stroke) : ground(element);
    const pair = [luminance(over([...ink.slice(0, 3), opacity], behind)), luminance(behind)];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    texts++;
    if (ratio < (large ? 3 : 4.5) - 0.005) {
      const kind = `${element.closest("[class]")?.getAttribute("class")}: ${ratio.toFixed(2)}`;
      faint.set(kind, `${kind}, ${JSON.stringify(text.data.trim().slice(0, 40))}`);
    }
  }
  return { texts, faint: [...faint.values()] };
}"""

# Nothing may be on its way from one theme's colour to the other's.
STILL = "*, ::before, ::after { transition: none !important; animation: none !important; }"
THEME = "(theme) => { document.documentElement.dataset.theme = theme; }"


def faults(page: Page, fewest_texts: int = 1) -> list[str]:
    """Faint texts in light and dark, and violations of axe's rules; takes the formulas off the page.

    The page needs a context with `bypass_csp`, for axe's script and the stilling style alone. A page with fewer texts
    than that was not read: an `AssertionError`.
    """
    page.add_style_tag(content=STILL)
    found = []
    for theme in ("light", "dark"):
        page.evaluate(THEME, theme)
        seen = page.evaluate(CONTRAST)
        assert seen["texts"] >= fewest_texts, f"{page.url} was not read"
        found += [f"{theme}: {each}" for each in seen["faint"]]
    page.evaluate(AXE)
    for theme in ("light", "dark"):
        found += [f"{theme}: {each}" for each in page.evaluate(RUN_AXE, theme)]
    return found
