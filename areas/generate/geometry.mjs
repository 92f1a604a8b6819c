// Plane geometry on longitude and latitude. Rings are lists of [lon, lat] whose last point is the first.

const kmPerDegree = 111.195;

// Signed area in square degrees; positive is counter-clockwise.
export function area(ring) {
  let sum = 0;
  for (let i = 0; i + 1 < ring.length; i++) {
    sum += ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
  }
  return sum / 2;
}

// Whether a point lies in a polygon: its first ring, without the holes that follow.
export function inPolygon([x, y], polygon) {
  let inside = false;
  for (const ring of polygon) {
    for (let i = 0; i + 1 < ring.length; i++) {
      const [[ax, ay], [bx, by]] = [ring[i], ring[i + 1]];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
  }
  return inside;
}

// Kilometres between two points that are near each other.
export function between([x1, y1], [x2, y2]) {
  const k = Math.cos((y1 * Math.PI) / 180);
  return Math.hypot((x2 - x1) * k, y2 - y1) * kmPerDegree;
}

// Kilometres from a point to the nearest edge of a polygon; 0 inside.
export function toPolygon(point, polygon) {
  if (inPolygon(point, polygon)) return 0;
  const k = Math.cos((point[1] * Math.PI) / 180);
  let least = Infinity;
  for (const ring of polygon) {
    for (let i = 0; i + 1 < ring.length; i++) {
      const [ax, ay] = [(ring[i][0] - point[0]) * k, ring[i][1] - point[1]];
      const [dx, dy] = [(ring[i + 1][0] - point[0]) * k - ax, ring[i + 1][1] - point[1] - ay];
      const length = dx * dx + dy * dy;
      const t = length ? Math.min(1, Math.max(0, -(ax * dx + ay * dy) / length)) : 0;
      least = Math.min(least, Math.hypot(ax + t * dx, ay + t * dy));
    }
  }
  return least * kmPerDegree;
}

export function box(polygon) {
  const b = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of polygon[0]) {
    b[0] = Math.min(b[0], x);
    b[1] = Math.min(b[1], y);
    b[2] = Math.max(b[2], x);
    b[3] = Math.max(b[3], y);
  }
  return b;
}

function side(a, b, c) {
  return Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
}

function onSegment(a, b, p) {
  return (
    Math.min(a[0], b[0]) <= p[0] && p[0] <= Math.max(a[0], b[0]) &&
    Math.min(a[1], b[1]) <= p[1] && p[1] <= Math.max(a[1], b[1])
  );
}

// Whether two segments have a point in common.
export function meet(a, b, c, d) {
  const [s1, s2, s3, s4] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (s1 !== s2 && s3 !== s4) return true;
  return (
    (s1 === 0 && onSegment(a, b, c)) || (s2 === 0 && onSegment(a, b, d)) ||
    (s3 === 0 && onSegment(c, d, a)) || (s4 === 0 && onSegment(c, d, b))
  );
}
