// Measures the contrast of every text that is seen on the page, by WCAG 2.2, 1.4.3: returns
// { measured, failures: [{ text, element, ratio, needed, color, background }] }.
() => {
  const parse = (color) => {
    const match = /^rgba?\(([\d.]+),\s*([\d.]+),\s*([\d.]+)(?:,\s*([\d.]+))?\)$/.exec(color);
    if (!match) throw new Error(`A colour of a kind that is not measured: ${color}`);
    return { r: +match[1], g: +match[2], b: +match[3], a: match[4] === undefined ? 1 : +match[4] };
  };
  const over = (top, below) => ({
    r: top.r * top.a + below.r * (1 - top.a),
    g: top.g * top.a + below.g * (1 - top.a),
    b: top.b * top.a + below.b * (1 - top.a),
    a: 1,
  });
  const luminance = ({ r, g, b }) => {
    const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  const canvas = matchMedia("(prefers-color-scheme: dark)").matches ? { r: 18, g: 18, b: 18, a: 1 } : { r: 255, g: 255, b: 255, a: 1 };
  const backgroundOf = (element) => {
    const layers = [];
    for (let current = element; current; current = current.parentElement) {
      const layer = parse(getComputedStyle(current).backgroundColor);
      layers.push(layer);
      if (layer.a === 1) break;
    }

    return layers.reduceRight((below, layer) => over(layer, below), canvas);
  };
  const isSeen = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
  };
  const opacityOf = (element) => {
    let opacity = 1;
    for (let current = element; current; current = current.parentElement) opacity *= +getComputedStyle(current).opacity;
    return opacity;
  };

  const failures = [];
  let measured = 0;
  const measure = (element, style, text) => {
    const background = backgroundOf(element);
    const color = parse(style.color);
    color.a *= opacityOf(element);
    const ratio = contrast(over(color, background), background);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700) ? 3 : 4.5;
    measured++;
    if (ratio < needed) {
      failures.push({ text: text.trim().slice(0, 40), element: `${element.localName}.${element.className}`, ratio, needed, color: style.color, background: JSON.stringify(background) });
    }
  };

  for (const element of document.body.querySelectorAll("*")) {
    // A control that is not active has no requirement.
    if (!isSeen(element) || element.matches(":disabled")) continue;
    const text = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("");
    if (element.matches("input[type=text], textarea")) {
      if (element.value !== "") measure(element, getComputedStyle(element), element.value);
      else if (element.placeholder) measure(element, getComputedStyle(element, "::placeholder"), element.placeholder);
    } else if (text.trim() !== "") {
      measure(element, getComputedStyle(element), text);
    }
  }

  return { measured, failures: failures.map((failure) => JSON.stringify(failure)) };
}
