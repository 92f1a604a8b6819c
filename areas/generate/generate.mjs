// Makes the two tables of the built-in gazetteer, ../gazetteer.tsv.gz and ../shapes.tsv.gz. The same
// packages make the same bytes: the compressor is one of the packages and writes no time.
import { writeFileSync } from 'node:fs';
import { gzipSync, strToU8 } from 'fflate';
import { areas } from './counties.mjs';
import { shape } from './simplify.mjs';
import { zips } from './zips.mjs';

const all = areas();
const known = new Set(all.map(({ id }) => id));

// An area is "ID, name, state, SAME codes, within"; a ZIP is "ZIP, area IDs" and in Connecticut the SAME
// code of its old county. An empty line parts them.
const places = [];
for (const a of all) places.push([a.id, a.name, a.state, a.same.join(' '), a.within].join('\t'));
places.push('');
for (const z of zips()) {
  for (const id of z.areas) if (!known.has(id)) throw new Error(`ZIP ${z.zip}: no area ${id}`);
  places.push([z.zip, z.areas.join(' '), z.same].join('\t').trimEnd());
}
write('gazetteer.tsv.gz', places);

// A shape is "ID, rings parted by semicolons"; a ring is the latitude and longitude of its first point
// and then the steps from point to point, in ten-thousandths of a degree, without the closing point.
const shapes = [];
for (const a of all) {
  const rings = shape(a.polygons);
  if (rings.length) shapes.push(`${a.id}\t${rings.map(encode).join(';')}`);
}
write('shapes.tsv.gz', shapes);

function encode(ring) {
  let [lat, lon] = [0, 0];
  return ring.slice(0, -1).map(([x, y]) => {
    const [newLat, newLon] = [Math.round(y * 1e4), Math.round(x * 1e4)];
    const step = `${newLat - lat} ${newLon - lon}`;
    [lat, lon] = [newLat, newLon];
    return step;
  }).join(' ');
}

function write(name, lines) {
  const text = strToU8(lines.join('\n') + '\n');
  writeFileSync(new URL(`../${name}`, import.meta.url), gzipSync(text, { level: 9, mtime: 0 }));
}
