"""M/M/1 on Debian's python3-simpy (SimPy 2): source and server over a store. Prints ns a customer."""
import random
import sys
import time

from SimPy.Simulation import Process, Simulation, Store, get, hold, put

COUNT = int(sys.argv[1])
draw = random.Random(1).expovariate


class Source(Process):
    def run(self, store):
        for _ in range(COUNT):
            yield hold, self, draw(0.9)
            yield put, self, store, [self.sim.now()]


class Server(Process):
    total = 0.0

    def run(self, store):
        while True:
            yield get, self, store, 1
            arrival = self.got[0]
            yield hold, self, draw(1.0)
            self.total += self.sim.now() - arrival


begin = time.perf_counter()
simulation = Simulation()
simulation.initialize()
store = Store(capacity="unbounded", sim=simulation)
for process in (Source(sim=simulation), Server(sim=simulation)):
    simulation.activate(process, process.run(store))
simulation.simulate(until=1e18)
print((time.perf_counter() - begin) / COUNT * 1e9)
