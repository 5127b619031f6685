/** Pages that are read of one list at most: more rows than any of GuardDuty's lists can have. */
const MOST = 500;

/** All rows of a list that the server tells page by page; `ask` reads the page that the token names, the first without. */
export async function everyPage<Row>(
  ask: (token: { nextToken?: string }) => Promise<{ rows: Row[]; nextToken: string | undefined }>,
): Promise<Row[]> {
  const rows: Row[] = [];
  let token: { nextToken?: string } = {};
  for (let page = 0; page < MOST; page += 1) {
    const told = await ask(token);
    rows.push(...told.rows);
    if (told.nextToken === undefined || told.nextToken === "") return rows;
    token = { nextToken: told.nextToken };
  }
  return rows;
}
