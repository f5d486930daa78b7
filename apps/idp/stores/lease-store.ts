/** Who may do a piece of work that one process at a time should do. It saves work and decides nothing: work under a lease must be right when two do it. */
export interface LeaseStore {
  /** Takes or keeps the lease until `until`: true where nobody else holds it at `now`. One atomic statement. */
  claim(name: string, holder: string, dates: { readonly now: Date; readonly until: Date }): Promise<boolean>
  /** Gives it back, where this holder has it. */
  end(name: string, holder: string): Promise<void>
}
