// SPDX-License-Identifier: GPL-2.0-only
/*
 * Click's classes that are not here. Whoever adds a class takes its name out; tests/config looks
 * that each of Click's names is a class or in this table.
 */
#include <string.h>

#include "loader/config/elsewhere.h"

#define CONTAINER "needs a container (AF_XDP), which this node cannot run yet"
#define NEVER "is not part of Sluice: it is "
#define MISSING "is not in Sluice's library of elements"

const struct sl_elsewhere sl_elsewhere[] = {
	{CONTAINER,
	 "in front of a ToDevice a Queue disappears into the device's own ring, and "
	 "needs no Unqueue behind it; RatedSplitter and BandwidthRatedSplitter hold a "
	 "rate without a queue",
	 "BandwidthRatedUnqueue BandwidthShaper Burster DelayShaper DelayUnqueue "
	 "LinkUnqueue RatedUnqueue RoundRobinUnqueue Shaper TimedUnqueue Unqueue "
	 "Unqueue2"},
	{CONTAINER,
	 "packets leave in the order they come; sort them to devices of their own, or "
	 "limit them with RatedSplitter or BandwidthRatedSplitter",
	 "DRRSched PrioSched RoundRobinSched SimplePrioSched SimpleRoundRobinSched "
	 "StrideSched TimeSortedSched"},
	{CONTAINER, "packets are pushed here; on the push side Switch and StaticSwitch choose",
	 "BIM InputSwitch PullSwitch PullTee SimplePullSwitch StaticPullSwitch"},
	{CONTAINER,
	 "a Queue in front of a ToDevice is the device's own ring, and needs no other "
	 "kind of queue",
	 "CPUQueue MixedQueue"},
	{CONTAINER,
	 "it looks at the length of a queue, and queues are the device's own rings "
	 "here; drop early with RandomSample or a Meter",
	 "AdaptiveRED CoDel PI RED"},
	{CONTAINER,
	 "it sends packets by itself; here packets come from devices alone. Send them "
	 "from a host behind a link, or try a graph with `sluicectl replay`",
	 "ARPFaker EtherPauseSource FastTCPFlows FastUDPFlows FastUDPSource "
	 "FastUDPSourceIP6 FromHandler ICMPPingSource ICMPSendPings InfiniteSource "
	 "RIPSend RandomSource RatedSource SendPattern TCPIPSend TimedSource WebGen"},
	{CONTAINER, "it keeps packets until others come",
	 "AggregateLast Clipboard IPReassembler PacketStore Reframe"},
	{CONTAINER,
	 "it makes several packets of one; set the MTU of the sender, or clamp TCP's "
	 "segments at the ends",
	 "TCPFragmenter"},
	{CONTAINER,
	 "it keeps count of packet numbers without a bound; AggregateCounter counts by "
	 "aggregate",
	 "AggregatePacketCounter"},
	{CONTAINER, "it rewrites the payload to another length", "FTPPortMapper"},
	{CONTAINER, "it translates between IPv4 and IPv6 with state of its own",
	 "AddressTranslator ProtocolTranslator46 ProtocolTranslator64"},
	{CONTAINER, "it takes part in TCP connections itself; let a host behind a link do that",
	 "BufferConverter SnoopTCP StatelessTCPResponder TCPAck TCPBuffer TCPConn "
	 "TCPDemux TCPReflector ToyTCP"},
	{CONTAINER, "it runs a protocol with timers of its own; let the host's bridge do that",
	 "DebugBridge EtherSpanTree ListenEtherSwitch"},
	{CONTAINER,
	 "payloads are neither encrypted nor compressed in the kernel's receive path; "
	 "use the host's IPsec on the outer packets",
	 "IPsecAES IPsecAuthHMACSHA1 IPsecAuthSHA1 IPsecDES IPsecESPEncap "
	 "IPsecESPUnencap IPsecEncap RFC2507Comp RFC2507Decomp RadixIPsecLookup "
	 "SATable"},
	{NEVER "one of Click's elements for single processors or threads",
	 "leave it out: packets run on the CPU they came in on",
	 "CPUSwitch LookupIPRouteMP ScheduleLinux SortedTaskSched SpinlockAcquire "
	 "SpinlockPush SpinlockRelease ThreadMonitor"},
	{NEVER "about memory layout or the compiler of Click", "leave it out",
	 "DiscardNoFree EnsureDPDKBuffer FlowInfo IPFieldInfo IPNameInfo"},
	{NEVER "one of Click's elements that read packets from files",
	 "try a graph on a pcap file with `sluicectl replay GRAPH --in eth0=FILE`; in "
	 "the graph write FromDevice(eth0)",
	 "FromCapDump FromDAGDump FromDump FromFlanDump FromIPSummaryDump "
	 "FromNLANRDump FromNetFlowSummaryDump FromTcpdump"},
	{NEVER "one of Click's elements that write packets to files",
	 "show packets with Print and `sluicectl tenant events`, or try the graph with "
	 "`sluicectl replay GRAPH --out DIRECTORY`, which writes pcap files",
	 "ToDump ToIPFlowDumps ToIPSummaryDump ToSimTrace"},
	{NEVER "a user-level socket",
	 "packets come from and go to devices alone: send them to a host behind a "
	 "link, or to this one with ToHost",
	 "FromRawSocket FromSocket IPFlowRawSockets McastSocket RawSocket Socket "
	 "ToRawSocket ToSocket UMLSwitch"},
	{NEVER "an interface to the kernel of the machine Click runs on",
	 "ToHost hands packets to the host; packets of the host's own come in by a "
	 "port or a tunnel, with FromDevice",
	 "FromHost FromUserDevice KernelFilter KernelTap KernelTun LinuxIPLookup "
	 "ToHostSniffers ToUserDevice"},
	{NEVER "an interface of Click's to DPDK",
	 "write FromDevice and ToDevice: the node attaches them",
	 "DPDKInfo FromDPDKDevice ToDPDKDevice"},
	{NEVER "an interface of Click's to a network simulator",
	 "try a graph with `sluicectl replay`", "FromSimDevice SimPacketAnalyzer ToSimDevice"},
	{NEVER "control of the process Click runs as",
	 "there is none here: use sluicectl, or the tenant's control socket",
	 "ChangeUID ChatterSocket KernelHandlerProxy ProgressBar QuitWatcher"},
	{NEVER "a measurement of Click's own cycles and cache misses",
	 "measure with `sluicectl bench GRAPH`",
	 "CycleCountAccum PerfCountAccum PerfCountInfo RoundTripCycleCount "
	 "SetCycleCount SetPerfCount"},
	{NEVER "one of Click's tests of itself", "leave it out",
	 "BigHashMapTest BigintTest BitvectorTest BlockThread CLPTest CheckPacket "
	 "CheckPattern ChuckCheck ComparePackets ConfParseTest CryptoTest DequeTest "
	 "DupPath ErrorTest FunctionTest HandlerTask HashTableTest HeapTest JsonTest "
	 "ListTest MTDieTest NeighborhoodTest NotifierDebug NotifierTest NullTask "
	 "PacketTest QueueThreadTest1 QueueThreadTest2 QueueYankTest RandomSeed "
	 "SchedOrderTest SortTest TaskThreadTest TimerTest TokenBucketTest "
	 "UpstreamNotifier VectorTest"},
	{NEVER "one of Click's elements for pulling packets",
	 "packets are pushed here: leave it out, or use Discard",
	 "PullNull PushNull SimpleIdle TimedSink"},
	{NEVER "one of the Grid elements, for routing in wireless ad hoc networks",
	 "there is no counterpart; routes are RadixIPLookup's",
	 "ACKResponder ACKResponder2 ACKRetrySender ACKRetrySender2 AiroInfo "
	 "BottleneckMetric CheckGridHeader DSDVRouteTable DSRArpTable DSRRouteTable "
	 "E2ELossMetric ETX2Metric ETXMetric EstimateRouterRegion FilterByGridHops "
	 "FilterByRange FixDstLoc FixSrcLoc FloodingLocQuerier GridEncap "
	 "GridGatewayInfo GridHeaderInfo GridLocationInfo GridLocationInfo2 GridLogger "
	 "GridProbeHandler GridProbeReplyReceiver GridProbeSender GridProxy "
	 "GridRouteTable GridSRForwarder GridTxError HopcountMetric IncrementSeqNo "
	 "LIRMetric LinkStat LinkTestReceiver LinkTester LinkTracker LocFromFile "
	 "LocQueryResponder LocationTable LookupGeographicGridRoute "
	 "LookupLocalGridRoute LookupLocalGridRoute2 MovementSimulator PEP "
	 "PacketLogger PacketLogger2 PingPong PrintGrid RadioSim SendGridHello "
	 "SendGridLRHello SetGridChecksum SimpleLocQuerier StripDSRHeader "
	 "ThresholdMetric UnstripDSRHeader UpdateGridRoutes YarvisMetric"},
	{NEVER "one of the wireless elements, for IEEE 802.11 frames",
	 "links carry Ethernet or IP here; begin with FromDevice and Strip(14)",
	 "AssociationRequester AssociationResponder AthdescDecap AthdescEncap "
	 "AutoRateFallback AvailableRates BeaconScanner BeaconSource BeaconTracker "
	 "EtherCount ExtraDecap ExtraEncap FilterFailures FilterPhyErr FilterTX "
	 "LinkTable MadwifiRate OpenAuthRequester OpenAuthResponder Print80211 "
	 "PrintAiro PrintTXFeedback PrintWifi Prism2Decap Prism2Encap ProbeRequester "
	 "ProbeResponder ProbeTXRate PushAnno RXStats RadiotapDecap RadiotapEncap "
	 "ReadAnno SetNoAck SetRTS SetTXPower SetTXRate StationTable WepDecap WepEncap "
	 "WifiDecap WifiDefrag WifiDupeFilter WifiEncap WifiFragment WifiSeq "
	 "WirelessInfo"},
	{NEVER "a line code or scrambler for radios", "leave it out", "B8B10 Scramble"},
	{MISSING, "Print and IPPrint show packets", "ARPPrint PrintOld"},
	{MISSING,
	 "records of the event ring and `sluicectl replay` carry times; no element "
	 "reads them from packets",
	 "AdjustTimestamp SetTimestampDelta StoreTimestamp StoreUDPTimeSeqRecord "
	 "TimeFilter TimeRange TimestampAccum"},
	{MISSING, "RatedSplitter, BandwidthRatedSplitter and Meter divide packets by their rate",
	 "Block CompareBlock"},
	{MISSING,
	 "CheckIPHeader, CheckTCPHeader and CheckUDPHeader say what is wrong with "
	 "packets; nothing makes them right again",
	 "ForceICMP ForceIP ForceTCP ForceUDP"},
	{MISSING, "a frame check sequence is the device's matter", "CheckCRC32 SetCRC32"},
	{MISSING, "RadixIPLookup has the same routes and handlers", "IndexTreesIPLookup"},
	{MISSING, "`sluicectl docs elements` lists what there is",
	 "AnnotationInfo AnonymizeIPAddr CheckARPHeader CopyFlowID CopyTCPSeq "
	 "EraseIPPayload GetEtherAddress MarkMACHeader "
	 "RandomBitErrors Resize SetEtherAddress TruncateIPPayload"},
};
const size_t sl_elsewhere_n = sizeof(sl_elsewhere) / sizeof(sl_elsewhere[0]);

static int has(const char *names, const char *name, size_t len)
{
	for (const char *at = names; (at = strstr(at, name)); at += len) {
		if ((at == names || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return 1;
	}
	return 0;
}

const struct sl_elsewhere *sl_elsewhere_find(const char *name)
{
	size_t len = strlen(name);

	if (!len || strchr(name, ' '))
		return NULL;
	for (size_t i = 0; i < sl_elsewhere_n; i++)
		if (has(sl_elsewhere[i].names, name, len))
			return &sl_elsewhere[i];
	return NULL;
}
