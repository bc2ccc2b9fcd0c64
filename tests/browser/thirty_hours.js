// A coach that drives 22 of 30 hours, stands at borders and barriers for eight, and whose receiver speaks every ten seconds.
// Names in capitals are filled in by test_road_data.py.
Promise.all(['recorder', 'outbox'].map((name) => import(`/static/field/${name}.js`))).then(async ([{ thinned }, { Outbox }]) => {
  const outbox = new Outbox('', { headers: () => ({ Authorization: 'Bearer TOKEN' }), skewMs: () => 0 });
  const start = Math.round(Date.now() / 1000) - 30 * 3600;
  const send = async (path, body) => { await outbox.add(path, body); await outbox.send(); };
  const trip = { trip_id: 'T-1', corridor_id: 'ABJ-LOS', origin: 'hub-abidjan', destination: 'hub-lagos', manifest: { passengers: 40, minors: 2 } };
  await send('trips', { event: 'departed', observed_at: start, ...trip });
  let last = null, seen = null, waiting = [], at = [5.36, -4.0], kept = 0, flushed = start;
  const noise = () => (Math.sin(kept * 12.9898 + at[1] * 78.233) * 43758.5453) % 1;
  for (let t = start; t < start + 30 * 3600; t += 10) {
    const isMoving = (t - start) % 13500 < 9900;
    if (isMoving) at = [at[0] + 0.0003 * noise(), at[1] + 0.0014 + 0.0003 * noise()];
    const fix = { at: [Number(at[0].toFixed(5)), Number(at[1].toFixed(5))], t, accuracy: 5 + 5 * Math.round(4 * Math.abs(noise())) };
    const now = thinned(last, seen, fix);
    seen = fix;
    if (now.length) last = now.at(-1);
    for (const one of now) {
      kept += 1;
      waiting.push({ observed_at: one.t, latitude: one.at[0], longitude: one.at[1], accuracy_m: one.accuracy,
        speed_mps: isMoving ? Math.round((15 + 5 * noise()) * 2) / 2 : 0, ...(isMoving ? { bearing_deg: Math.round(18 + 6 * noise()) * 5 } : {}) });
    }
    if (t - flushed >= FLUSH_S && waiting.length) { await send('positions', waiting.splice(0)); flushed = t; }
  }
  for (let n = 0; n < REPORTS; n += 1) {
    await send('controls', { observed_at: start + n * 3600, ended_at: start + n * 3600 + 600, agency: 'police', latitude: 5.36, longitude: -4.0,
      trip_id: 'T-1', payments: [{ amount: 1000 + n, currency: 'XOF', basis: 'no_receipt', payer: 'crew' }] });
  }
  const { ground } = await (await fetch('/field/me', { headers: { Authorization: 'Bearer TOKEN' } })).json();
  for (let n = 0; n < OPENED; n += 1) {
    for (const path of [`/field/me?known=${ground}`, '/field/coach?vehicle_id=COACH', '/field/worker.js']) {
      await (await fetch(path, { headers: { Authorization: 'Bearer TOKEN' }, cache: 'no-cache' })).text();
    }
  }
  const states = (await outbox.list()).map((one) => one.state);
  return { kept, states };
})
