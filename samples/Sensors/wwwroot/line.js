// Draws values as a line that grows from the right, scaled to the lowest and the highest of them.
export function drawLine(svg, values, maxValues, name) {
  const { width, height } = svg.viewBox.baseVal;
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const range = highest - lowest || 1;
  const step = width / (maxValues - 1);
  const points = values.map((value, i) => {
    const x = width - (values.length - 1 - i) * step;
    const y = height - 2 - (value - lowest) / range * (height - 4);
    return `${x.toFixed(2)},${y.toFixed(2)}`;
  });
  svg.querySelector("polyline").setAttribute("points", points.join(" "));
  svg.setAttribute("aria-label", values.length > 0 ? `${name}: lowest ${lowest}, highest ${highest}, now ${values.at(-1)}` : `${name}: none`);
}
