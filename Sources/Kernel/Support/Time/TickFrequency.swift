/// The time stamp counter's frequency in hertz, from what a processor or a
/// hypervisor says of it; `nil` where it says nothing usable.
public enum TickFrequency {
    /// CPUID leaf 0x15 (Intel SDM 2A): the counter's ratio to the core
    /// crystal clock is `numerator` to `denominator`.
    ///
    /// - Parameters:
    ///   - denominator: EAX.
    ///   - numerator: EBX.
    ///   - crystal: ECX, the crystal's frequency in hertz.
    public static func crystalRatio(
        denominator: UInt32, numerator: UInt32, crystal: UInt32
    ) -> UInt64? {
        guard denominator > 0 else { return nil }
        return plausible(UInt64(crystal) * UInt64(numerator) / UInt64(denominator))
    }

    /// CPUID leaf 0x16: the base frequency in EAX, in MHz. It is near the
    /// counter's, not it.
    public static func base(megahertz: UInt32) -> UInt64? {
        plausible(UInt64(megahertz & 0xFFFF) * 1_000_000)
    }

    /// CPUID leaf 0x40000010 of VMware and KVM: EAX is the counter's
    /// frequency in kHz.
    public static func hypervisor(kilohertz: UInt32) -> UInt64? {
        plausible(UInt64(kilohertz) * 1000)
    }

    /// KVM's paravirtual clock (Linux, Documentation/virt/kvm/x86/msr.rst):
    /// nanoseconds are ticks, shifted left by `shift` (right where it is
    /// negative), times `multiplier`, divided by 2^32.
    public static func paravirtual(multiplier: UInt32, shift: Int8) -> UInt64? {
        guard multiplier > 0, (-31...31).contains(shift) else { return nil }
        let scaled = (TickScale.nanosecondsPerSecond << 32) / UInt64(multiplier)
        return plausible(
            shift >= 0
                ? scaled >> UInt64(shift)
                : WideInteger(scaled, times: 1 << UInt64(-shift)).quotient(by: 1))
    }

    private static func plausible(_ frequency: UInt64) -> UInt64? {
        TickScale.frequencies.contains(frequency) ? frequency : nil
    }
}
