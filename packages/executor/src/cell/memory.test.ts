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

  /** What is kept in parts of 20 bytes. */
  const idle = (bytes: number) => ({
    bytes,
    shrink() {
      if (this.bytes === 0) return false
      this.bytes -= 20
      return true
    },
  })

  it('is given back by what idles first, no more than is needed', () => {
    const budget = new MemoryBudget(100)
    const kept = idle(80)
    budget.share(kept)
    expect(budget.bytes).toBe(80)
    expect(budget.admit(account(), 30)).toBeUndefined()
    expect(kept.bytes).toBe(60)
    const over: string[] = []
    const growing = account(over, 'growing')
    budget.admit(growing, 10)
    budget.measure(growing, 60)
    expect(kept.bytes).toBe(0)
    expect(over).toEqual([])
    budget.measure(growing, 90)
    expect(over).toEqual(['growing'])
  })

  it('is short while somebody waits: then nothing is kept', () => {
    const budget = new MemoryBudget(100)
    const [first, second] = [account(), account()]
    budget.admit(first, 60)
    expect(budget.isShort).toBe(false)
    void budget.admit(second, 60)
    expect(budget.isShort).toBe(true)
    budget.release(first)
    expect(budget.isShort).toBe(false)
  })
})
