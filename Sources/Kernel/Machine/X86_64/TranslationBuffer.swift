import CMachine

/// The processors' buffers of translated addresses (Intel SDM 3A, 4.10).
public enum TranslationBuffer {
    /// More pages than these are forgotten all at once.
    private static let pagesForgottenSingly = Int(HERMIT_PAGES_FORGOTTEN_SINGLY)

    /// Makes all cores forget `count` base pages from `address` on, whose
    /// entries have lost rights or are gone; when it comes back, no core can
    /// use what the entries were.
    ///
    /// With the lock of the address space.
    @inline(__always)
    public static func forget(_ address: UInt64, count: Int) {
        let pages = UInt64(truncatingIfNeeded: count > pagesForgottenSingly ? 0 : count)
        if let everywhere = unsafe everywhere { return everywhere(address, pages) }
        machine_forget(address, pages)
    }

    /// `forgetEverywhere`; `nil` as long as no other core runs, which in an image
    /// with one task is always so.
    nonisolated(unsafe) private static var everywhere: (@convention(c) (UInt64, UInt64) -> Void)? =
        nil

    /// From now on other cores may run.
    public static func includeOtherCores() {
        unsafe everywhere = { address, pages in TranslationBuffer.forgetEverywhere(address, pages) }
    }

    /// The same of all mappings.
    public static func forgetEverything() { forget(0, count: .max) }

    @inline(never)
    private static func forgetEverywhere(_ address: UInt64, _ pages: UInt64) {
        let flags = machine_disable_interrupts()
        defer { machine_restore_interrupts(flags) }
        let number = machine_ask_shootdown(address, pages)
        let own = Int(truncatingIfNeeded: machine_core_identifier())
        let count = Int(truncatingIfNeeded: machine_running_cores())
        for core in 0..<count where core != own {
            // A core that rests forgets everything when it wakes.
            if unsafe machine_has_forgotten(machine_core(core), number) == 0 {
                unsafe LocalController.interrupt(
                    machine_core(core).pointee.controller, LocalController.shootdownVector)
            }
        }
        machine_forget(address, pages)
        for core in 0..<count where core != own {
            while unsafe machine_has_forgotten(machine_core(core), number) == 0 { machine_pause() }
        }
    }
}
