import { createRequire } from 'node:module';
import { feature, merge } from 'topojson-client';
import { box } from './geometry.mjs';
import { fullName, planningRegions, states, successors, unmapped } from './tables.mjs';

const map = createRequire(import.meta.url)('us-atlas/counties-10m.json');

const polygonsOf = (geometry) =>
  geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'MultiPolygon' ? geometry.coordinates : [];

// The counties of the map, of 2017: id, name, polygons with their boxes.
export const mapped = map.objects.counties.geometries
  .map((g) => ({
    id: g.id,
    name: g.properties.name,
    polygons: polygonsOf(feature(map, g).geometry).map((rings) => ({ rings, box: box(rings) })),
  }))
  .sort((a, b) => (a.id < b.id ? -1 : 1));

const outline = (id) => mapped.find((c) => c.id === id).polygons.map((p) => p.rings);
const isOld = (id) => id.startsWith('09') || id in successors;

// The areas of today: {id, name, state, same, within, polygons}, sorted by ID.
export function areas() {
  const out = [];
  const county = (id, name, polygons, same = [`0${id}`]) =>
    out.push({ id, name, state: states[id.slice(0, 2)][0], same, within: id.slice(0, 2), polygons });

  for (const g of map.objects.states.geometries) {
    const [state, name] = states[g.id];
    out.push({ id: g.id, name, state, same: [`0${g.id}000`], within: '', polygons: polygonsOf(feature(map, g).geometry) });
  }
  for (const { id, name } of mapped) {
    if (!isOld(id)) county(id, fullName(id, name), outline(id));
  }
  for (const [old, halves] of Object.entries(successors)) {
    for (const [id, name] of Object.entries(halves)) county(id, fullName(id, name), outline(old));
  }
  for (const [id, { name, old }] of Object.entries(planningRegions)) {
    const whole = merge(map, map.objects.counties.geometries.filter((g) => old.includes(g.id)));
    county(id, name, polygonsOf(whole), old.toSorted().map((o) => `0${o}`));
  }
  for (const [id, name] of Object.entries(unmapped)) county(id, name, []);
  return out.sort((a, b) => (a.id < b.id ? -1 : 1));
}
