// What no package says: the names of states' divisions, and what changed since the county map of 2017.

// Postal abbreviations by state FIPS code, with the names that residents use.
export const states = {
  '01': ['AL', 'Alabama'], '02': ['AK', 'Alaska'], '04': ['AZ', 'Arizona'], '05': ['AR', 'Arkansas'],
  '06': ['CA', 'California'], '08': ['CO', 'Colorado'], '09': ['CT', 'Connecticut'], '10': ['DE', 'Delaware'],
  '11': ['DC', 'District of Columbia'], '12': ['FL', 'Florida'], '13': ['GA', 'Georgia'], '15': ['HI', 'Hawaii'],
  '16': ['ID', 'Idaho'], '17': ['IL', 'Illinois'], '18': ['IN', 'Indiana'], '19': ['IA', 'Iowa'],
  '20': ['KS', 'Kansas'], '21': ['KY', 'Kentucky'], '22': ['LA', 'Louisiana'], '23': ['ME', 'Maine'],
  '24': ['MD', 'Maryland'], '25': ['MA', 'Massachusetts'], '26': ['MI', 'Michigan'], '27': ['MN', 'Minnesota'],
  '28': ['MS', 'Mississippi'], '29': ['MO', 'Missouri'], '30': ['MT', 'Montana'], '31': ['NE', 'Nebraska'],
  '32': ['NV', 'Nevada'], '33': ['NH', 'New Hampshire'], '34': ['NJ', 'New Jersey'], '35': ['NM', 'New Mexico'],
  '36': ['NY', 'New York'], '37': ['NC', 'North Carolina'], '38': ['ND', 'North Dakota'], '39': ['OH', 'Ohio'],
  '40': ['OK', 'Oklahoma'], '41': ['OR', 'Oregon'], '42': ['PA', 'Pennsylvania'], '44': ['RI', 'Rhode Island'],
  '45': ['SC', 'South Carolina'], '46': ['SD', 'South Dakota'], '47': ['TN', 'Tennessee'], '48': ['TX', 'Texas'],
  '49': ['UT', 'Utah'], '50': ['VT', 'Vermont'], '51': ['VA', 'Virginia'], '53': ['WA', 'Washington'],
  '54': ['WV', 'West Virginia'], '55': ['WI', 'Wisconsin'], '56': ['WY', 'Wyoming'],
  '60': ['AS', 'American Samoa'], '66': ['GU', 'Guam'], '69': ['MP', 'Northern Mariana Islands'],
  '72': ['PR', 'Puerto Rico'], '78': ['VI', 'U.S. Virgin Islands'],
};

// The word for a county's kind where it is not "County"; null where the name stands alone.
const kinds = {
  '22': 'Parish', '60': 'District', '66': null, '69': 'Municipality', '72': 'Municipio', '78': 'Island', '11': null,
};

const alaska = {
  Borough: ['013', '060', '068', '090', '100', '122', '130', '150', '164', '170', '185', '188', '195'],
  'Census Area': ['016', '050', '063', '066', '070', '105', '158', '180', '198', '240', '290'],
  'City and Borough': ['110', '220', '275', '282'],
  Municipality: ['020', '230'],
};

// Cities outside any county. Virginia's have the codes from 510 on.
const cities = new Set(['24510', '29510']);

export function fullName(id, name) {
  const [state, code] = [id.slice(0, 2), id.slice(2)];
  if (state === '02') {
    const kind = Object.keys(alaska).find((k) => alaska[k].includes(code));
    if (!kind) throw new Error(`Alaska ${id} ${name}: of no known kind`);
    return `${name} ${kind}`;
  }
  if (cities.has(id) || (state === '51' && code >= '510')) return `${name} city`;
  if (id === '32510') return name; // Carson City
  const kind = state in kinds ? kinds[state] : 'County';
  return kind ? `${name} ${kind}` : name;
}

// Connecticut's counties gave way to planning regions as county equivalents (Census Bureau, 87 FR 34235,
// 2022). The map and the SAME codes still have the old counties; `old` are those a region reaches into.
export const planningRegions = {
  '09110': { name: 'Capitol Planning Region', old: ['09003', '09013'] },
  '09120': { name: 'Greater Bridgeport Planning Region', old: ['09001'] },
  '09130': { name: 'Lower Connecticut River Valley Planning Region', old: ['09007', '09011'] },
  '09140': { name: 'Naugatuck Valley Planning Region', old: ['09009', '09005', '09003', '09001'] },
  '09150': { name: 'Northeastern Connecticut Planning Region', old: ['09015', '09013', '09011'] },
  '09160': { name: 'Northwest Hills Planning Region', old: ['09005', '09003'] },
  '09170': { name: 'South Central Connecticut Planning Region', old: ['09009'] },
  '09180': { name: 'Southeastern Connecticut Planning Region', old: ['09011', '09015'] },
  '09190': { name: 'Western Connecticut Planning Region', old: ['09001', '09005'] },
};

// Valdez-Cordova was split in 2019; the map has it whole, so each half takes the outline of both.
export const successors = {
  '02261': { '02063': 'Chugach', '02066': 'Copper River' },
};

// Parts of American Samoa that the map leaves out.
export const unmapped = { '60030': 'Rose Island', '60040': 'Swains Island' };

// ZIP codes that the source still files under codes that no longer exist.
export const refiled = {
  '06066': '09110', '06255': '09150', '06268': '09110', '06269': '09110', '06279': '09110', '06333': '09180',
  '06334': '09180', '06481': '09130', '06777': '09160', '06794': '09160', '06875': '09190', '99689': '02282',
};

// Counties that ZIP codes are known to serve beside those near their position.
export const alsoServed = {
  '42223': ['47125', '47161'], // Fort Campbell, KY and TN
  '59221': ['38053'], // Fairview, MT and ND
  '63673': ['17157'], // St. Mary, MO, and Kaskaskia, IL
  '71749': ['22111', '22027'], // Junction City, AR and LA
  '73949': ['48421'], // Texhoma, OK and TX
  '96799': ['60010', '60020', '60040', '60050'], // all of American Samoa
  '97635': ['06049'], // New Pine Creek, OR and CA
};
