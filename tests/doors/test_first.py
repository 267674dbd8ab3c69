from tests.doors.world import *
async def test_it(world):
    p = await world.a_record()
    d = await world.deposit(a_report(p)); print(d.statuses, d.warnings)
    d = await world.deposit(a_letter(p)); print(d.statuses, d.warnings)
    d = await world.deposit(several(p, a_report(p), a_letter(p))); print(d.statuses, d.warnings)
    print(await world.found(p, by=world.a_citizen(p)))
    print(await world.rows(p))
    print(await world.verified(p), (await world.events(p))[-1])
