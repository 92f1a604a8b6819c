import { area, inPolygon, meet } from './geometry.mjs';

// The limits of a wireless alert's area: ten shapes and a hundred points in all, closing points included.
const maxRings = 10;
const maxPoints = 100;
const leastArea = 2e-5; // square degrees: rocks smaller than some 0.2 km² only use up points

const round = (v) => Math.round(v * 1e4) / 1e4;
const same = (a, b) => a[0] === b[0] && a[1] === b[1];

// shape reduces the polygons of an area to simple counter-clockwise rings within the limits, the largest
// first. Holes are filled: who lives in an enclave hears too much rather than nothing.
export function shape(polygons) {
  let rings = polygons.flatMap(([outer]) => split(clean(outer)));
  rings.sort((a, b) => Math.abs(area(b)) - Math.abs(area(a)));
  rings = rings.filter((r, i) => i === 0 || Math.abs(area(r)) >= leastArea);
  rings = rings.filter((r, i) => !rings.slice(0, i).some((o) => inPolygon(inner(r), [o]))).slice(0, maxRings);
  rings = rings.map((r) => (area(r) < 0 ? r.toReversed() : r));
  untangle(rings);
  while (rings.reduce((n, r) => n + r.length, 0) > maxPoints) {
    if (!removeLeast(rings)) rings.pop();
  }
  return rings;
}

// A point near the middle of the first edge, so that rings that touch at a corner are told apart.
function inner(ring) {
  return [(ring[0][0] + ring[1][0]) / 2, (ring[0][1] + ring[1][1]) / 2];
}

// clean rounds a ring and drops points that repeat or lie straight between their neighbours.
function clean(ring) {
  const points = ring.slice(0, -1).map(([x, y]) => [round(x), round(y)]);
  for (let i = 0; points.length >= 3 && i < points.length; ) {
    const [a, b, c] = around(points, i);
    if (same(a, b) || triangle(a, b, c) < 1e-12) {
      points.splice(i, 1);
      i = Math.max(0, i - 1);
    } else i++;
  }
  return points.length < 3 ? [] : [...points, points[0]];
}

const around = (p, i) => [p[(i + p.length - 1) % p.length], p[i], p[(i + 1) % p.length]];

// split cuts a ring that touches itself at a point into rings that do not.
function split(ring) {
  const seen = new Map();
  for (let j = 0; j + 1 < ring.length; j++) {
    const key = ring[j].join();
    const i = seen.get(key);
    if (i !== undefined) {
      const loop = ring.slice(i, j + 1);
      const rest = [...ring.slice(0, i), ...ring.slice(j)];
      return [...split(clean(loop)), ...split(clean(rest))];
    }
    seen.set(key, j);
  }
  return ring.length < 4 ? [] : [ring];
}

function triangle(a, b, c) {
  return Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2;
}

// untangle takes out points until no two edges meet, except where they follow each other. Rounding makes
// narrow necks cross, and a ring that was split touches its other half.
function untangle(rings) {
  for (let knot = findKnot(rings); knot; knot = findKnot(rings)) {
    const points = knot.ring.slice(0, -1);
    const ends = [knot.edge, (knot.edge + 1) % points.length];
    const [first, second] = ends.map((i) => triangle(...around(points, i)));
    points.splice(first < second ? ends[0] : ends[1], 1);
    const left = points.length < 3 ? [] : clean([...points, points[0]]);
    if (left.length) knot.ring.splice(0, knot.ring.length, ...left);
    else rings.splice(rings.indexOf(knot.ring), 1);
  }
}

// findKnot returns an edge that meets another, of the smaller ring of the two.
function findKnot(rings) {
  for (const [r, ring] of rings.entries()) {
    for (let j = 0; j + 1 < ring.length; j++) {
      for (const other of rings.slice(0, r + 1)) {
        for (let i = 0; i + 1 < other.length; i++) {
          const next = other === ring && (Math.abs(i - j) <= 1 || Math.abs(i - j) === ring.length - 2);
          if (!next && meet(ring[j], ring[j + 1], other[i], other[i + 1])) return { ring, edge: j };
        }
      }
    }
  }
  return null;
}

// removeLeast takes out the point whose triangle with its neighbours is the smallest (Visvalingam and
// Whyatt) among those whose removal makes no two edges meet. It tells whether there was one.
function removeLeast(rings) {
  const candidates = [];
  for (const ring of rings) {
    if (ring.length <= 4) continue;
    const points = ring.slice(0, -1);
    points.forEach((_, i) => candidates.push({ ring, i, size: triangle(...around(points, i)) }));
  }
  candidates.sort((a, b) => a.size - b.size);
  for (const { ring, i } of candidates) {
    const points = ring.slice(0, -1);
    const [a, , c] = around(points, i);
    if (crosses(rings, ring, points[i], a, c)) continue;
    points.splice(i, 1);
    ring.splice(0, ring.length, ...points, points[0]);
    return true;
  }
  return false;
}

// Whether the edge from a to c, which replaces those by way of b, would meet another edge.
function crosses(rings, own, b, a, c) {
  for (const ring of rings) {
    for (let i = 0; i + 1 < ring.length; i++) {
      const [p, q] = [ring[i], ring[i + 1]];
      if (ring === own) {
        if (same(p, b) || same(q, b)) continue;
        if (same(q, a)) { if (meet(a, c, p, p)) return true; continue; }
        if (same(p, c)) { if (meet(a, c, q, q)) return true; continue; }
      }
      if (meet(a, c, p, q)) return true;
    }
  }
  return false;
}
