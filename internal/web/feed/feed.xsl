<?xml version="1.0" encoding="UTF-8"?>
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2">
<xsl:output method="html" encoding="UTF-8"/>
<xsl:template match="/rss/channel">
<html>
<xsl:attribute name="lang"><xsl:value-of select="language"/></xsl:attribute>
<head>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title><xsl:value-of select="title"/></title>
<link rel="stylesheet" href="/cap/feed.css"/>
</head>
<body>
<h1><xsl:value-of select="title"/></h1>
<p><xsl:value-of select="description"/></p>
<xsl:for-each select="item">
<article>
<h2><xsl:value-of select="title"/></h2>
<p><xsl:value-of select="description"/></p>
<small><xsl:value-of select="cap:areaDesc"/> | <xsl:value-of select="cap:sent"/> | <a href="{link}">CAP</a></small>
</article>
</xsl:for-each>
</body>
</html>
</xsl:template>
</xsl:stylesheet>
