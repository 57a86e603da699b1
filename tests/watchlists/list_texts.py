"""Small lists in the forms of those who publish them, written by hand. Every ship, name and number is SYNTHETIC."""

from __future__ import annotations

from collections.abc import Iterable


def checked(stem: int) -> int:
    """Return an IMO number of six given digits and the one that checks them."""
    return stem * 10 + sum(int(d) * w for d, w in zip(str(stem), range(7, 1, -1), strict=True)) % 10


ONE, TWO, THREE, FOUR = (checked(999_010 + i) for i in range(4))

SDN = f"""36,"SYNTH AIRLINES",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r
2674,"SYNTH, Person","individual","SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 1960."\r
15036,"SYNTH ARTEMIS","vessel","IRAN] [NPWMD] [IFSR",-0- ,"T2SY4","Crude Oil Tanker","-0- ","99144","Iran","SYNTH TANKER COMPANY","Former Vessel Flag Malta; alt. Former Vessel Flag Tuvalu; alt. Former Vessel Flag None Identified; Additional Sanctions Information - Subject to Secondary Sanctions; Vessel Registration Identification IMO {ONE}; MMSI 572999210; Linked To: SYNTH TANKER COMPANY; f.k.a. 'SYNTH OLD NAME'."\r
15037,"SYNTH BARE","vessel","CUBA",-0- ,-0- ,"General Cargo",2595,1865,"Panama",-0- ,"Vessel Registration Identification {TWO}."\r
15038,"SYNTH BONUS 5","vessel","SYRIA",-0- ,-0- ,-0- ,-0- ,-0- ,"Korea, North",-0- ,"Vessel Registration Identification IMO 15411."\r
15039,"SYNTH NO NUMBER","vessel","DPRK4",-0- ,-0- ,"Tug",-0- ,-0- ,"None Identified",-0- ,-0- \r
15040,"SYNTH, SHORT ROW","vessel","IRAN"\r
\x1a"""  # noqa: E501
ALT = """15036,9001,"fka","SYNTH CHAMPION",-0- \r
15036,9002,"aka","SYNTH PRIDE",-0- \r
36,9003,"aka","SYNTH AIR",-0- \r
\x1a"""

ADVANCED = f"""<?xml version="1.0" encoding="utf-8"?>
<Sanctions xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML">
  <DateOfIssue CalendarTypeID="1"><Year>2026</Year><Month>11</Month><Day>19</Day></DateOfIssue>
  <ReferenceValueSets>
    <AliasTypeValues><AliasType ID="1401">F.K.A.</AliasType><AliasType ID="1403">Name</AliasType></AliasTypeValues>
    <FeatureTypeValues>
      <FeatureType ID="1">Vessel Call Sign</FeatureType><FeatureType ID="2">VESSEL TYPE</FeatureType>
      <FeatureType ID="3">Vessel Flag</FeatureType><FeatureType ID="4">Vessel Owner</FeatureType>
      <FeatureType ID="9">Former Vessel Flag</FeatureType>
    </FeatureTypeValues>
    <DetailReferenceValues><DetailReference ID="705">Crude Oil Tanker</DetailReference></DetailReferenceValues>
    <IDRegDocTypeValues>
      <IDRegDocType ID="1626">Vessel Registration Identification</IDRegDocType>
      <IDRegDocType ID="91264">MMSI</IDRegDocType><IDRegDocType ID="1571">Passport</IDRegDocType>
    </IDRegDocTypeValues>
    <PartySubTypeValues>
      <PartySubType ID="1" PartyTypeID="3">Vessel</PartySubType>
      <PartySubType ID="4" PartyTypeID="1">Unknown</PartySubType>
    </PartySubTypeValues>
  </ReferenceValueSets>
  <IDRegDocuments>
    <IDRegDocument ID="1" IDRegDocTypeID="1626" IdentityID="71" ValidityID="1">
      <Comment /><IDRegistrationNo>IMO {ONE}</IDRegistrationNo></IDRegDocument>
    <IDRegDocument ID="2" IDRegDocTypeID="91264" IdentityID="71"><IDRegistrationNo>572999210</IDRegistrationNo>
    </IDRegDocument>
    <IDRegDocument ID="3" IDRegDocTypeID="1571" IdentityID="72"><IDRegistrationNo>P1</IDRegistrationNo></IDRegDocument>
  </IDRegDocuments>
  <DistinctParties>
    <DistinctParty FixedRef="2674"><Comment /><Profile ID="2674" PartySubTypeID="4"><Identity ID="72" Primary="true">
      <Alias AliasTypeID="1403" Primary="true"><DocumentedName ID="1"><DocumentedNamePart>
        <NamePartValue ScriptID="215">SYNTH</NamePartValue></DocumentedNamePart></DocumentedName></Alias>
    </Identity></Profile></DistinctParty>
    <DistinctParty FixedRef="15036"><Comment /><Profile ID="15036" PartySubTypeID="1">
      <Identity ID="71" FixedRef="15036" Primary="true" False="false">
        <Alias FixedRef="15036" AliasTypeID="1401" Primary="false" LowQuality="false"><DocumentedName ID="3">
          <DocumentedNamePart><NamePartValue ScriptID="215">SYNTH CHAMPION</NamePartValue></DocumentedNamePart>
        </DocumentedName></Alias>
        <Alias FixedRef="15036" AliasTypeID="1403" Primary="true" LowQuality="false"><DocumentedName ID="2">
          <DocumentedNamePart><NamePartValue ScriptID="215">SYNTH ARTEMIS</NamePartValue></DocumentedNamePart>
        </DocumentedName></Alias>
      </Identity>
      <Feature ID="11" FeatureTypeID="1"><FeatureVersion ID="21"><Comment />
        <VersionDetail DetailTypeID="1432">T2SY4</VersionDetail></FeatureVersion></Feature>
      <Feature ID="12" FeatureTypeID="2"><FeatureVersion ID="22">
        <VersionDetail DetailTypeID="1431" DetailReferenceID="705" /></FeatureVersion></Feature>
      <Feature ID="13" FeatureTypeID="3"><FeatureVersion ID="23">
        <VersionDetail DetailTypeID="1432">Iran</VersionDetail></FeatureVersion></Feature>
      <Feature ID="14" FeatureTypeID="9"><FeatureVersion ID="24">
        <VersionDetail DetailTypeID="1432">Malta</VersionDetail></FeatureVersion></Feature>
    </Profile></DistinctParty>
  </DistinctParties>
  <SanctionsEntries>
    <SanctionsEntry ID="8" ProfileID="15036" ListID="1550">
      <EntryEvent ID="8" EntryEventTypeID="1" LegalBasisID="1828"><Comment />
        <Date CalendarTypeID="1"><Year>2018</Year><Month>11</Month><Day>5</Day></Date></EntryEvent>
      <EntryEvent ID="9" EntryEventTypeID="1"><Date><Year>2020</Year><Month>6</Month><Day>8</Day></Date></EntryEvent>
      <SanctionsMeasure ID="80" SanctionsTypeID="1705"><Comment /></SanctionsMeasure>
      <SanctionsMeasure ID="81" SanctionsTypeID="1"><Comment>IRAN</Comment></SanctionsMeasure>
      <SanctionsMeasure ID="82" SanctionsTypeID="1"><Comment>NPWMD</Comment></SanctionsMeasure>
    </SanctionsEntry>
  </SanctionsEntries>
</Sanctions>
"""

PLAIN_XML = f"""<?xml version="1.0" standalone="yes"?>
<sdnList xmlns="https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/XML">
  <publshInformation><Publish_Date>11/19/2026</Publish_Date><Record_Count>2</Record_Count></publshInformation>
  <sdnEntry><uid>15036</uid><lastName>SYNTH ARTEMIS</lastName><sdnType>Vessel</sdnType>
    <programList><program>IRAN</program><program>NPWMD</program></programList>
    <idList>
      <id><uid>1</uid><idType>Vessel Registration Identification</idType><idNumber>IMO {ONE}</idNumber></id>
      <id><uid>2</uid><idType>MMSI</idType><idNumber>572999210</idNumber></id>
      <id><uid>3</uid><idType>Former Vessel Flag</idType><idNumber>Malta</idNumber></id>
    </idList>
    <akaList><aka><uid>4</uid><type>f.k.a.</type><category>strong</category><lastName>SYNTH CHAMPION</lastName></aka>
    </akaList>
    <vesselInfo><callSign>T2SY4</callSign><vesselType>Crude Oil Tanker</vesselType><vesselFlag>Iran</vesselFlag>
    </vesselInfo></sdnEntry>
  <sdnEntry><uid>36</uid><lastName>SYNTH AIRLINES</lastName><sdnType>Entity</sdnType>
    <programList><program>CUBA</program></programList></sdnEntry>
</sdnList>
"""

MARITIME = f"""type,caption,imo,risk,countries,flag,mmsi,id,url,datasets,aliases
VESSEL,"SYNTH KAPITAN, THE",IMO{ONE},sanction,ru,kn;ru,273999101;273999102,os-1,https://example.org/1,eu_fsf;us_ofac_sdn,SYNTH KAPTAIN;SYNTH LEADER
VESSEL,SYNTH DETAINED,IMO{TWO},mare.detained,pa,pa,351999101,os-2,https://example.org/2,paris_mou,
VESSEL,SYNTH DARK,IMO{THREE},mare.shadow;poi,ru,pa,,os-3,https://example.org/3,ua_war,
VESSEL,SYNTH TWO HULLS,IMO{THREE};IMO{FOUR},sanction,,,,os-4,https://example.org/4,us_ofac_sdn,
ORGANIZATION,SYNTH OWNER,IMO5999999,sanction,ru,,,os-5,https://example.org/5,eu_fsf,
"""  # noqa: E501
SIMPLE = f"""id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,program_ids,dataset,first_seen,last_seen,last_change
x1,Person,Synth Person,,,ru,,,,,,,Some list,2022-03-01T00:00:00,,
x2,Vessel,SYNTH STAR,SYNTH SUN;SYNTH MOON,,ir,,IMO{ONE};422999101,,,,US-IRAN,UN 1718 list,2023-01-02T00:00:00,,
"""  # noqa: E501
FTM = f"""{{"id":"os-9","schema":"Vessel","caption":"SYNTH NAVIGATOR","properties":{{"name":["SYNTH NAVIGATOR"],"previousName":["SYNTH PILOT"],"alias":["SYNTH NAV"],"imoNumber":["IMO{ONE}","{ONE}"],"mmsi":["273999103"],"flag":["ga"],"pastFlags":["pa","cm"],"callSign":["TRSYN"],"type":["Crude Oil Tanker"],"topics":["sanction"],"createdAt":["2024-01-05"]}},"datasets":["us_ofac_sdn"],"target":true}}
{{"id":"s-1","schema":"Sanction","properties":{{"entity":["os-9"],"listingDate":["2025-01-10"],"programId":["US-RUSSIA"]}},"datasets":["us_ofac_sdn"]}}
{{"id":"s-2","schema":"Sanction","properties":{{"entity":["os-9"],"startDate":["2024-12-16"],"endDate":["2025-06-01"]}},"datasets":["eu_fsf"]}}
{{"id":"p-1","schema":"Person","properties":{{"name":["Synth Person"],"topics":["sanction"]}}}}
{{"id":"os-10","schema":"Vessel","properties":{{"name":["SYNTH HELD"],"imoNumber":["IMO{TWO}"],"topics":["mare.detained"]}}}}
{{"id":"os-11","schema":"Vessel","caption":"SYNTH NESTED","properties":{{"name":["SYNTH NESTED"],"imoNumber":["{THREE}"],"topics":["sanction"],"sanctions":[{{"id":"s-3","schema":"Sanction","properties":{{"startDate":["2023-02-25"],"endDate":["2024-02-25"]}}}}]}}}}
"""  # noqa: E501

UN_XML = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<CONSOLIDATED_LIST xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" dateGenerated="2026-11-18T23:00:05.475Z">
  <INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>SYNTH</FIRST_NAME><UN_LIST_TYPE>DRC</UN_LIST_TYPE>
    <COMMENTS1>Once owned a ship with IMO {FOUR}.</COMMENTS1></INDIVIDUAL></INDIVIDUALS>
  <ENTITIES>
    <ENTITY><DATAID>2</DATAID><VERSIONNUM>1</VERSIONNUM><FIRST_NAME>SYNTH SHIP MANAGEMENT COMPANY</FIRST_NAME>
      <UN_LIST_TYPE>DPRK</UN_LIST_TYPE><REFERENCE_NUMBER>KPe.999</REFERENCE_NUMBER><LISTED_ON>2014-07-28</LISTED_ON>
      <COMMENTS1>Operator of the vessels with IMO Number: (a) Synth Ryong (Synth Bong) {ONE}; (b) Synth Chon {TWO};
        (c) Synth Wrong 1234567. Phone 9990000.</COMMENTS1></ENTITY>
    <ENTITY><DATAID>3</DATAID><FIRST_NAME>SYNTH BANK</FIRST_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE>
      <REFERENCE_NUMBER>KPe.998</REFERENCE_NUMBER><COMMENTS1>Account {THREE}.</COMMENTS1></ENTITY>
  </ENTITIES>
</CONSOLIDATED_LIST>
"""
UN_1718 = f"""#,vessel_name,imo_number,date_of_designation,mmsi,flag,call_sign,type,other_information,designated_owner,image_url,Paragraph 12 (a) of resolution 2321 (2016),Paragraph 12 (d) of resolution 2321 (2016)
1,1: SYNTH PHOENIX 2: SYNTH RAVEN,{ONE},30 March 2018,1: 445999101 2: 445999102,1: DPRK 2: Togo,HMSY,Cargo ship,Seen at sea,,,X,NA
2,SYNTH TORTOISE,{TWO},2017-10-03,NA,Comoros,NA,,,,,,NA
3,SYNTH UNDATED,{THREE},soon,,,,,,,,X,X
"""  # noqa: E501

PLAIN_HEAD = "imo,mmsi,name,listed_at,delisted_at,source,note\n"
PLAIN = f"""{PLAIN_HEAD}{ONE},,SYNTH ONE,2019-01-01,2020-01-01,s,
{ONE},,SYNTH ONE,2021-01-01,,s,again
9074728,,A,2020-01-01,,s,
"""


def sdn_of(ships: Iterable[tuple[int, str, int]]) -> str:
    """Return `sdn.csv` of some ships: number of the entry, name, IMO number (0: none)."""
    rows = []
    for key, name, imo in ships:
        remarks = f'"Vessel Registration Identification IMO {imo}."' if imo else "-0- "
        rows.append(f'{key},"{name}","vessel","IRAN",-0- ,-0- ,"Crude Oil Tanker",-0- ,-0- ,"Iran",-0- ,{remarks}\r\n')
    return "".join(rows) + "\x1a"
