export type Found = Map<string, string | null>;
export type Catalogue = Record<string, string[] | Record<string, string>>;
export function collect(): { found: Found; bare: string[] };
export function catalogues(): Map<string, Catalogue>;
export function brought(catalogue: Catalogue, found: Found): Catalogue;
