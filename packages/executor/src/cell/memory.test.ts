import { describe, expect, it } from 'vitest'
import { type Account, MemoryBudget } from './memory.ts'

const account = (over: string[] = [], name = ''): Account => ({ bytes: 0, ending: false, over: () => over.push(name) })

describe('the memory of a cell', () => {
  it('is given in the order of asking: a large instance is not passed by small ones', async () => {
    const budget = new MemoryBudget(100)
    const [first, large, small] = [account(), account(), account()]
    expect(budget.admit(first, 60)).toBeUndefined()
    const order: string[] = []
    const waiting = [
      budget.admit(large, 80)!.then(() => order.push('large')),
      budget.admit(small, 10)!.then(() => order.push('small')),
    ]
    budget.release(first)
    await Promise.all(waiting)
    expect(order).toEqual(['large', 'small'])
    expect(budget.bytes).toBe(90)
  })

  it('is not held for one who gave up waiting', async () => {
    const budget = new MemoryBudget(100)
    const [first, second, third] = [account(), account(), account()]
    budget.admit(first, 60)
    void budget.admit(second, 60)
    const last = budget.admit(third, 20)
    budget.release(second)
    await last
    expect(budget.bytes).toBe(80)
  })

  it('ends the largest when it is spent, and waits for what is about to come back', () => {
    const budget = new MemoryBudget(100)
    const over: string[] = []
    const [small, large, other] = [account(over, 'small'), account(over, 'large'), account(over, 'other')]
    for (const one of [small, large, other]) budget.admit(one, 10)
    budget.measure(large, 60)
    expect(over).toEqual([])
    budget.measure(small, 35)
    expect(over).toEqual(['large'])
    budget.measure(other, 40)
    expect(over).toEqual(['large'])
    budget.release(large)
    expect(budget.bytes).toBe(75)
    budget.measure(other, 70)
    expect(over).toEqual(['large', 'other'])
  })
})
